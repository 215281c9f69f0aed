import { describeExecutors } from '@stateful-route/testkit/conformance';
import { testRedis, type TestRedis } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';

let server: TestRedis;
let client: Redis;
let roundTrips = 0;

beforeAll(async () => {
  server = await testRedis();
  client = new Redis(server.url, safeRedisOptions());
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...sent) => {
    roundTrips += 1;
    return send(...sent);
  };
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

describeExecutors(
  { describe, it, expect },
  {
    name: 'redis',
    capabilities: { clock: 'real', roundTrips: true },
    create: () => {
      const executors = createRedisExecutors({ client });
      return { executors, roundTrips: () => roundTrips, close: () => executors.close() };
    },
  },
);
