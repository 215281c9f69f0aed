import { type TestRedis, testRedis, uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Executors } from '@stateful-route/core';
import type { PodReport } from '@stateful-route/core/adapter';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../../src/index.ts';

/** A Redis, the executors on it, and a client beside them that reads and writes as the older sides do. */
export interface RedisFixture {
  readonly server: TestRedis;
  /** Plain commands. */
  readonly redis: Redis;
  readonly executors: Executors;
  /** Of this test alone. */
  readonly ns: string;
}

/** The fixture of a test file: one server and one pair of connections, a namespace for each test. */
export function redisFixture(): RedisFixture {
  const fixture = {} as { -readonly [Part in keyof RedisFixture]: RedisFixture[Part] };
  let client: Redis;
  beforeAll(async () => {
    fixture.server = await testRedis();
    fixture.redis = new Redis(fixture.server.url);
    client = new Redis(fixture.server.url, safeRedisOptions());
    fixture.executors = createRedisExecutors({ client });
  });
  beforeEach(() => {
    fixture.ns = uniqueNamespace();
  });
  afterAll(async () => {
    await fixture.executors.close();
    client.disconnect();
    fixture.redis.disconnect();
    await fixture.server.stop();
  });
  return fixture;
}

/** A heartbeat. */
export function report(incarnation: string, seq: number, fields: Partial<PodReport> = {}): PodReport {
  return {
    state: 'READY',
    loadState: 0,
    routingState: 'READY',
    incarnation,
    seq,
    beatenBefore: seq > 0,
    leaseMs: 15_000,
    updatePeriodMs: 3_000,
    ...fields,
  };
}
