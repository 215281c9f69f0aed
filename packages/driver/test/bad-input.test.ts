import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { isRouteError, silentLogger } from '@stateful-route/core';
import { type AroundCall, checkedExecutors, decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import * as fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createStatefulRoute, RouteDriverFactory } from '../src/index.ts';

/*
 * A JavaScript caller has no types: every public entry refuses invalid arguments by name, and makes no store call.
 */

const calls: string[] = [];
const count: AroundCall = ({ method, options, run }) => {
  calls.push(method);
  return run(options);
};
const clock = new ManualClock();
// Counted behind the checks, where a store would be called.
const executors = checkedExecutors(decorateExecutors(createMemoryExecutors({ clock }), count));
const route = createStatefulRoute({
  executors,
  namespace: 'game',
  serviceName: 'room',
  podId: 0,
  clock,
  logger: silentLogger,
});
const factory = new RouteDriverFactory(silentLogger);
const uncached = factory.createRouteInfoDriver(undefined, undefined, executors);

beforeAll(() => route.start());
beforeEach(() => {
  calls.length = 0;
});

type Bad = Record<string, unknown[]>;
const notText = [undefined, null, 0, -0, Number.NaN, true, [], ['a'], {}, Symbol('a'), ''];
const names = [...notText, '-', 'a b', 'a:b', 'a{b', 'a/b', 'é', 'x'.repeat(254), '\ud800'];
const bad: Bad = {
  namespace: names,
  serviceName: names,
  tag: [...notText, ':a', 'a b', 'x'.repeat(254)],
  uid: [...notText, 'a{b', 'a}b', 'a\nb', '\ud800', '\udfff', 'x'.repeat(513), 'é'.repeat(257)],
  uids: [undefined, null, 'ab', {}, [''], [['a']], ['a', '\ud800'], [undefined]],
  podId: [undefined, null, '0', -1, -0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, [0], 2 ** 31],
  options: [
    null,
    1,
    'x',
    [],
    { timeoutMs: 0 },
    { timeoutMs: '5' },
    { timeoutMs: Number.NaN },
    { timeoutMs: 3e9 },
    { signal: {} },
    { timoutMs: 5 },
    { constructor: 5 },
  ],
  lifecycle: [null, 1, 'SIGTERM', [], { signal: {} }, { timeoutMs: 5 }],
  drain: [
    null,
    'fast',
    { onHandoff: () => {} },
    { onHandOff: 1 },
    { ratePerSecond: 0 },
    { concurrency: '1' },
    { userTimeoutMs: -1 },
    { deadlineMs: 3e9 },
    { signal: {} },
  ],
  explain: [null, 'not', { not: -1 }, { not: '1' }, { but: 1 }, { timeoutMs: 0 }],
  handOff: [null, 'fast', { too: 1 }, { to: -1 }, { to: 0 }, { deadlineMs: Number.NaN }],
  users: [
    undefined,
    null,
    'ada',
    1,
    {},
    [''],
    { count: -1 },
    { count: 0.5 },
    { count: 1, filter: 1 },
    { cuont: 1 },
  ],
  use: [undefined, null, 1, {}],
  fn: [undefined, null, 1, {}],
};

type AnyFunction = (...args: unknown[]) => unknown;
const { client, routeInfo, server } = route;
const rooms = route.service('room');
const entries: [string, object, string[]][] = [
  ['computeLinkedPod', client, ['namespace', 'uid', 'serviceName', 'options']],
  ['getLinkedPod', client, ['namespace', 'uid', 'serviceName', 'options']],
  ['getLinkedPodInCacheOrIfPersist', client, ['namespace', 'uid', 'serviceName', 'options']],
  ['getLinkedPodNotCache', client, ['namespace', 'uid', 'serviceName', 'options']],
  ['setCache', client, ['namespace', 'uid', 'serviceName', 'podId']],
  ['getLinkService', client, ['namespace', 'uid', 'options']],
  ['batchGetLinkedPod', client, ['namespace', 'uids', 'serviceName', 'options']],
  ['init', client, ['options']],
  ['setLinkedPodIfAbsent', client, ['namespace', 'uid', 'serviceName', 'podId', 'options']],
  ['locate', rooms, ['uid', 'options']],
  ['locateMany', rooms, ['uids', 'options']],
  ['call', rooms, ['uid', 'use', 'options']],
  ['pods', rooms, ['options']],
  ['isReady', rooms, ['options']],
  ['start', route, ['lifecycle']],
  ['stop', route, ['lifecycle']],
  ['service', route, ['serviceName']],
  ['getReadyServiceState', routeInfo, ['namespace', 'serviceName', 'options']],
  ['getAllServiceState', routeInfo, ['namespace', 'serviceName', 'options']],
  ['getServiceBestPod', routeInfo, ['namespace', 'serviceName', 'options']],
  ['isPodAvailable', routeInfo, ['namespace', 'serviceName', 'podId', 'options']],
  ['isPodRoutable', routeInfo, ['namespace', 'serviceName', 'podId', 'options']],
  ['alivePods', routeInfo, ['namespace', 'serviceName', 'options']],
  ['routablePods', routeInfo, ['namespace', 'serviceName', 'options']],
  ['isWorkloadReady', routeInfo, ['namespace', 'serviceName', 'options']],
  ['snapshot', routeInfo, ['namespace', 'serviceName', 'options']],
  ['watch', routeInfo, ['namespace', 'serviceName', 'options']],
  ['getServiceNameByTag', routeInfo, ['namespace', 'tag', 'options']],
  ['setGlobalServiceNameTag', routeInfo, ['namespace', 'tag', 'serviceName', 'options']],
  ['explain', routeInfo, ['namespace', 'uid', 'serviceName', 'explain']],
  ['alivePods', uncached, ['namespace', 'serviceName', 'options']],
  ['getServiceBestPod', uncached, ['namespace', 'serviceName', 'options']],
  ['watch', uncached, ['namespace', 'serviceName', 'options']],
  ['start', server, ['lifecycle']],
  ['stop', server, ['lifecycle']],
  ['drain', server, ['drain']],
  ['handOff', server, ['users', 'handOff']],
  ['claimScope', server, ['uid', 'fn', 'options']],
  ['setLinkedPod', server, ['namespace', 'uid', 'serviceName', 'podId', 'options']],
  ['trySetLinkedPod', server, ['namespace', 'uid', 'serviceName', 'podId', 'options']],
  ['removeLinkedPod', server, ['namespace', 'uid', 'serviceName', 'options']],
  ['removeLinkedPodWithId', server, ['namespace', 'uid', 'serviceName', 'podId', 'options']],
  ['claim', server, ['uid', 'options']],
  ['release', server, ['uid', 'options']],
  ['refuse', server, ['uid', 'options']],
];
const good: Record<string, unknown> = {
  namespace: 'game',
  uid: 'ada',
  uids: ['ada'],
  serviceName: 'room',
  podId: 0,
  tag: 'room:1',
  options: undefined,
  lifecycle: undefined,
  drain: undefined,
  handOff: undefined,
  users: ['ada'],
  use: () => 1,
  fn: async () => 1,
};

describe.each(entries)('%s', (method, of, parameters) => {
  it.each(parameters)('refuses every invalid %s, and makes no store call', async (parameter) => {
    for (const value of bad[parameter]!) {
      const args = parameters.map((name) => (name === parameter ? value : good[name]));
      const call = (of as Record<string, AnyFunction>)[method]!.bind(of);
      const outcome = await Promise.resolve()
        .then(() => call(...args))
        .catch((error: unknown) => error);
      // A pod's links are its own namespace's: any other is refused as such.
      const isForeign = parameter === 'namespace' && isRouteError(outcome, 'NAMESPACE_NOT_LOCAL');
      const isRefused = isForeign || isRouteError(outcome, 'INVALID_PARAMETER');
      expect(isRefused, `${method} with ${parameter} ${typeof value}`).toBe(true);
      expect(calls).toEqual([]);
    }
  });
});

it('every call ends with a typed error or a result', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...entries),
      fc.array(fc.anything(), { maxLength: 5 }),
      async ([method, of], args) => {
        const call = (of as Record<string, AnyFunction>)[method]!.bind(of);
        const outcome = await answered(
          Promise.resolve()
            .then(() => call(...args))
            .catch((error: unknown) => error),
        );
        if (outcome instanceof Error) expect(isRouteError(outcome)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

/** The outcome. Time passes while it is awaited: a drain or a stop may wait for a user whom an earlier call claimed. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  const waiting = new AbortController();
  void answer.then(() => waiting.abort());
  for (let ms = 0; !waiting.signal.aborted; ms = 1_000) await clock.advance(ms);
  return answer;
}
