import { describeModel } from '@stateful-route/testkit/model';
import { testRedis } from '@stateful-route/testkit/redis';
import { describe, expect, it } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';

describeModel(
  { describe, it, expect },
  {
    name: 'redis',
    create: async () => {
      const server = await testRedis();
      const executors = createRedisExecutors({ url: server.url });
      const close = async (): Promise<void> => {
        await executors.close();
        await server.stop();
      };
      return { executors, close };
    },
  },
);
