import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type Executors, type LogFields, silentLogger } from '@stateful-route/core';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStatefulRoute, removePod } from '../src/index.ts';

let server: RedisServer;
let redis: RedisServer['client'];
let executors: Executors;
let namespace: string;

beforeAll(async () => {
  server = await startRedis();
  redis = server.client;
  executors = createRedisExecutors({ url: server.url });
});
afterAll(async () => {
  await executors.close();
  await server.stop();
});
beforeEach(() => {
  namespace = uniqueNamespace();
});

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const damaged = (of: string): RegExp => new RegExp(`"damaged":\\["${of}"\\]`);
const keys = (uid: string): string[] => [
  `sf:{${namespace}:lk:${uid}}room`,
  `sf:{${namespace}:lk:${uid}}`,
  `sf:{${namespace}:lk:${uid}}:token`,
];

function route(podId: number | undefined, lines: LogFields[] = []) {
  const error = (fields: LogFields): void => {
    lines.push(fields);
  };
  const config = { profile: 'compat', deadOwner: 'wait' } as const;
  const place = { executors, namespace, serviceName: 'room', logger: { ...silentLogger, error }, config };
  const made = podId === undefined ? createStatefulRoute(place) : createStatefulRoute({ ...place, podId });
  ended.push(() => made.stop({ signal: AbortSignal.abort() }));
  return made;
}

describe('one user whose keys are damaged', () => {
  it('is left out of a batch, and reported', async () => {
    await route(0).start();
    const lines: LogFields[] = [];
    const gateway = route(undefined, lines);
    await gateway.start();
    for (const uid of ['ada', 'bob', 'cyd']) await gateway.service('room').locate(uid);
    await redis.set(keys('bob')[0]!, 'no pod');
    const found = await gateway.client.batchGetLinkedPod(namespace, ['cyd', 'bob', 'ada', 'dan'], 'room');
    expect(found).toEqual(new Map([[0, ['cyd', 'ada']]]));
    expect(lines).toMatchObject([{ namespace, serviceName: 'room', users: 1, uids: ['bob'] }]);
  });

  it('fails locateMany by name, which locates the others', async () => {
    await route(0).start();
    const gateway = route(undefined);
    await gateway.start();
    const rooms = gateway.service('room');
    await redis.rpush(keys('bob')[0]!, 'a list');
    const error: unknown = await rooms.locateMany(['ada', 'bob', 'cyd']).catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error)).toMatch(damaged('bob'));
    expect([rooms.peek('ada')?.podId, rooms.peek('bob'), rooms.peek('cyd')?.podId]).toEqual([
      0,
      undefined,
      0,
    ]);
  });

  it.each([
    ['link', 0],
    ['list of claims', 1],
    ['token record', 2],
  ])(
    'in the %s stays in the roster of a removed pod, and the keys of the others get a time to live',
    async (_, at) => {
      const pod = route(0);
      await pod.start();
      const uids = ['ada', 'bob', 'cyd'];
      for (const uid of uids) expect(await pod.server!.claim(uid)).toMatchObject({ claimed: true });
      await redis.del(keys('bob')[at]!);
      await redis.rpush(keys('bob')[at]!, 'a list');
      await executors.stateful.setServiceState(namespace, 'room', 0, {
        state: 'FAILED',
        loadState: 0,
        routingState: 'READY',
        incarnation: '9000000000000.z.0',
        seq: 0,
        beatenBefore: false,
        leaseMs: 1,
        updatePeriodMs: 1,
      });
      const place = { namespace, serviceName: 'room', podId: 0 };
      const removed = removePod(executors, place);
      // Only a change reads the list.
      if (at === 1) await expect(removed).rejects.toMatchObject({ code: 'STORE_ERROR', retryable: false });
      else expect(await removed).toEqual({ removed: true, ended: 2, left: 1 });
      for (const uid of ['ada', 'cyd']) {
        const ttls = await Promise.all(keys(uid).map((key) => redis.ttl(key)));
        // −2: gone; the record alone stays, for a week
        expect(ttls).toEqual([-2, -2, expect.closeTo(7 * 24 * 60 * 60, -2)]);
      }
      await redis.del(...keys('bob'));
      expect(await removePod(executors, place)).toEqual({ removed: false, ended: 0, left: 0 });
      expect(await redis.exists(`sf:{${namespace}:state:room}:roster:0`)).toBe(0);
    },
  );
});
