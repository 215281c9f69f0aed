import { describeModel } from '@stateful-route/testkit/model';
import { testRedis } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { rawWrites } from './support/raw-writes.ts';

describeModel(
  { describe, it, expect },
  {
    name: 'redis',
    create: async () => {
      const server = await testRedis();
      const executors = createRedisExecutors({ url: server.url });
      const redis = new Redis(server.url);
      const close = async (): Promise<void> => {
        await executors.close();
        redis.disconnect();
        await server.stop();
      };
      return { executors, raw: rawWrites(redis), close };
    },
  },
);
