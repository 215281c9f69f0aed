import {
  isRouteError,
  type PodMetadata,
  type SelectionStrategy,
  type ServiceHandle,
  type StrategyName,
  strategies,
} from '@stateful-route/core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExplainedOutcome } from '../../src/index.ts';
import { type CallerFixture, callerFixture, LEASE_MS, PERIOD_MS, settled } from '../caller-fixture.ts';

/*
 * What `explain` says is what the driver does: the same pod, or the same error, for users with any link, by any configuration,
 * in fleets in any state.
 */

const PODS = 5;
const podId = fc.integer({ min: 0, max: PODS - 1 });
const load = fc.integer({ min: 0, max: 12 });

/** What happens to the fleet, in turn. */
const event = fc.oneof(
  fc.record({
    kind: fc.constant('beat' as const),
    podId,
    report: fc.record({
      state: fc.constantFrom('READY', 'READY', 'READY', 'NOT_READY', 'FAILED', 'TERMINATING'),
      routingState: fc.constantFrom('READY', 'READY', 'READY', 'DENY_NEW_CALL', 'SHUTDOWN'),
      loadState: load,
      deadOwner: fc.constantFrom('relink', 'relink', 'wait'),
      metadata: fc.constantFrom<PodMetadata>({}, { weight: '0' }, { weight: '3' }),
    }),
  }),
  fc.record({ kind: fc.constant('restart' as const), podId }),
  fc.record({ kind: fc.constant('claim' as const), podId }),
  fc.record({ kind: fc.constant('place' as const), podId, seconds: fc.constantFrom(1, 300, 3_000) }),
  fc.record({ kind: fc.constant('remove' as const), podId }),
  fc.record({ kind: fc.constant('unreachable' as const), podId }),
  fc.record({ kind: fc.constant('others' as const), users: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('pass' as const),
    ms: fc.constantFrom(
      1,
      PERIOD_MS,
      2.5 * PERIOD_MS,
      2.5 * PERIOD_MS + 1,
      LEASE_MS,
      LEASE_MS + 1,
      4 * LEASE_MS,
    ),
  }),
);

type FleetEvent = typeof event extends fc.Arbitrary<infer E> ? E : never;

async function happen(
  it: FleetEvent,
  { beat, restart, claim, clock, executors }: CallerFixture,
  rooms: ServiceHandle,
): Promise<unknown> {
  const { stateful } = executors;
  switch (it.kind) {
    case 'beat':
      return beat(it.podId, it.report);
    case 'restart':
      return restart(it.podId);
    case 'claim':
      return claim('ada', it.podId);
    case 'place':
      return stateful.trySetLinkedPod('game', 'ada', 'room', it.podId, it.seconds);
    case 'remove':
      return stateful.removeServiceState('game', 'room', it.podId);
    case 'unreachable':
      return rooms.unreachable(it.podId);
    case 'others':
      // Not awaited: after a removal they wait for time.
      for (let nth = 0; nth < it.users; nth++) void rooms.locate(`other-${nth}`).catch(() => {});
      return settled();
    case 'pass':
      await clock.advance(it.ms);
  }
  return undefined;
}

const settings = fc.record({
  strategy: fc.constantFrom(...(Object.keys(strategies) as StrategyName[])),
  random: fc.constantFrom(0, 0.2, 0.5, 0.8, 0.999),
  config: fc.record({
    excludePods: fc.constantFrom([], [], [0], [1, 2]),
    overload: fc.constantFrom(
      {},
      {},
      { overloadedAt: 3 },
      { overloadedAt: 8 },
      { overloadedAt: 3, rejectWhenOverloaded: true },
    ),
  }),
});

it('says what the driver then does, and filters out no pod that is picked', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(settings, fc.array(event, { minLength: 1, maxLength: 14 }), async (given, events) => {
      const { strategy, config, random } = given;
      const { excludePods, overload } = config;
      const fixture = await callerFixture([0, 1, 2]);
      const { pick } = strategies[strategy];
      let shown: readonly number[] = [];
      const noting: SelectionStrategy = {
        pick: (candidates, context) => {
          shown = candidates.map((pod) => pod.podId);
          return pick(candidates, context);
        },
      };
      const { route, rooms, calls } = await fixture.startedCaller({
        strategy: noting,
        config: { excludePods, ...overload },
        overrides: { random: () => random },
      });
      for (const each of events) await happen(each, fixture, rooms).catch(unlessFenced);
      const before = await fixture.link('ada');
      calls();
      shown = [];

      const explained = await route.routeInfo.explain('game', 'ada', 'room');
      expect(calls().filter((method) => !reads.has(method))).toEqual([]);
      expect(await fixture.link('ada')).toEqual(before);
      expect(JSON.parse(JSON.stringify(explained))).toEqual(explained);

      const { outcome, pods } = explained;
      const left = pods.filter(({ filteredBy }) => filteredBy === undefined);
      // If all pods are overloaded, another strategy chooses.
      if (explained.strategy === 'custom') expect(left.map((pod) => pod.podId)).toEqual(shown);
      const filtered = pods.filter(({ filteredBy }) => filteredBy !== undefined).map((pod) => pod.podId);
      if (outcome.action !== 'reject' && outcome.action !== 'return') {
        expect(filtered).not.toContain(outcome.podId);
      }
      for (const uid of ['eve', 'bob', 'kim']) {
        const best = route.routeInfo.getServiceBestPod('game', 'room', { uid });
        expect(filtered).not.toContain(await best.catch(() => undefined));
      }
      seen.add(named(outcome));
      if (named(outcome) === 'restored directory') return;
      expect(await done(route.client.computeLinkedPod('game', 'ada', 'room'))).toEqual(expected(outcome));
      await route.stop();
    }),
    { numRuns: 1_000 },
  );
  // A restored directory is too rare to be counted on.
  const common = [
    'lease',
    'mass expiry',
    'place',
    'reject',
    'replace',
    'return claim',
    'return temporary link',
  ];
  expect([...seen]).toEqual(
    expect.arrayContaining([...common, 'take over', 'waits for its owner', 'young directory']),
  );
});

const reads = new Set<string>(['getLink', 'getServiceState', 'subscribe']);

/** A run of a pod that comes after a later one changes nothing. */
function unlessFenced(error: unknown): void {
  if (!isRouteError(error, 'FENCED')) throw error;
}

function named(outcome: ExplainedOutcome): string {
  if (outcome.action === 'return') return `return ${outcome.from}`;
  return 'why' in outcome ? outcome.why : outcome.action;
}

function expected(outcome: ExplainedOutcome): unknown {
  if (outcome.action !== 'reject') return { podId: outcome.podId };
  const { action: _, ...error } = outcome;
  return error;
}

async function done(call: Promise<number>): Promise<unknown> {
  try {
    return { podId: await call };
  } catch (error) {
    if (isRouteError(error, 'SERVICE_NOT_READY')) return { code: error.code };
    if (!isRouteError(error, 'POD_NOT_AVAILABLE')) throw error;
    const { code, podId: pod, why, retryAfterMs } = error;
    return { code, podId: pod, why, retryAfterMs };
  }
}
