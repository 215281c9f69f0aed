import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type Executors, silentLogger } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { type AclRedis, type RedisServer, startAclRedis, startRedis } from '@stateful-route/harness';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStatefulRoute, type RouteConfigInput } from '../src/index.ts';

let acl: AclRedis;
/** A server that takes one slot a command, as one shard of a Cluster does. */
let node: RedisServer;
const opened: Executors[] = [];

beforeAll(async () => {
  acl = await startAclRedis({ rules: ['~*', '&*', '+@all'] });
  node = await startRedis({ args: { 'cluster-enabled': 'yes' } });
  await node.client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
});
afterAll(async () => {
  await Promise.all([acl.stop(), node.stop()]);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((executors) => executors.close()));
});

function room(url: string): {
  executors: Executors;
  namespace: string;
  serviceName: string;
  logger: typeof silentLogger;
  config: RouteConfigInput;
} {
  const executors = createRedisExecutors({ url, logger: silentLogger });
  opened.push(executors);
  return {
    executors,
    namespace: 'game',
    serviceName: 'room',
    logger: silentLogger,
    config: { profile: 'compat' },
  };
}

describe('the start of a pod that cannot succeed', () => {
  it.each([
    ['a wrong password', () => `redis://pod:wrong@${acl.host}:${acl.port}`, 'STORE_ERROR', 'WRONGPASS'],
    ['no password', () => `redis://${acl.host}:${acl.port}`, 'STORE_ERROR', 'NOAUTH'],
    ['an unknown host', () => 'redis://no..host:6379', 'STORE_ERROR', 'ENOTFOUND'],
    ['a plain client on a Cluster', () => node.url, 'INVALID_CONFIG', 'new Cluster('],
  ])('fails without waiting, and says why: %s', async (_, url, code, words) => {
    // A wait would never end, as this clock does not move.
    const route = createStatefulRoute({ ...room(url()), podId: 0, clock: new ManualClock() });
    await expect(route.start()).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(words),
    });
  });
});

describe("a caller's store that cannot be used as it is set up", () => {
  it('is reported by every call and by readiness', async () => {
    // It names no service to be loaded, so that its start needs no store.
    const { serviceName, ...caller } = room(node.url);
    const route = createStatefulRoute(caller);
    await route.start();
    await expect(route.service(serviceName).locate('ada')).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    const { ready, problems } = route.readiness();
    expect(ready).toBe(false);
    expect(problems).toContainEqual(expect.stringContaining('new Cluster('));
    await route.stop();
  });
});
