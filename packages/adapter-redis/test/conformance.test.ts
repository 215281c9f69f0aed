import { describeExecutors } from '@stateful-route/testkit/conformance';
import { startProxy } from '@stateful-route/harness';
import { testRedis, type TestRedis } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { rawWrites } from './support/raw-writes.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await testRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describeExecutors(
  // Each test has its own namespace and connection, so all can run at once.
  { describe, it: it.concurrent, expect },
  {
    name: 'redis',
    capabilities: { clock: 'real', roundTrips: true, restarts: true, rawWrites: true },
    create: async () => {
      // A cut ends the connections of this test alone.
      const wire = await startProxy(server.host, server.port);
      const client = new Redis(wire.url, safeRedisOptions());
      let roundTrips = 0;
      const send = client.sendCommand.bind(client);
      client.sendCommand = (command, ...more) => {
        // A command without keys is the client's own, sent as it connects.
        if (command.getKeys().length > 0) roundTrips += 1;
        return send(command, ...more);
      };
      client.on('error', () => {});
      const executors = createRedisExecutors({ client });
      return {
        executors,
        roundTrips: () => roundTrips,
        restart: async () => {
          wire.cut();
          await vi.waitFor(() => executors.server.listServices('any'), { timeout: 10_000 });
        },
        raw: rawWrites(redis),
        close: async () => {
          await executors.close();
          client.disconnect();
          await wire.stop();
        },
      };
    },
  },
);
