import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import {
  type Executors,
  PERSIST_FOREVER,
  silentLogger,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute, type StatefulRoute } from '@stateful-route/driver';
import { faulty } from '@stateful-route/testkit/faults';
import { describe, expect, it } from 'vitest';
import {
  callersClock,
  callersClockTokens,
  checkHistory,
  History,
  type InvariantName,
  noDeadline,
  noFence,
  plainSet,
  recordExecutors,
  TokenStorage,
  trialsOf,
} from '../src/index.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 10_000;
const config = {
  stateCacheExpireSecs: LEASE_MS / 1_000,
  serviceStateUpdatePeriodSeconds: 2,
  stateRefreshMs: 1_000,
  maxRetryCount: 0,
};

function seen(history: History): InvariantName[] {
  const violations = checkHistory(history.events, { everyServeCounts: true });
  return [...new Set(violations.map(({ invariant }) => invariant))].toSorted();
}

/** A store and a history on one manual clock, which advances a little with every reading. */
function store(): { readonly clock: ManualClock; readonly executors: Executors; readonly history: History } {
  const clock = new ManualClock();
  let order = 0;
  const history = new History(() => clock.monotonic() + (order += 0.001));
  return { clock, executors: createMemoryExecutors({ clock }), history };
}

describe('recordExecutors', () => {
  it('records correct calls, in which the checker finds no violation', async () => {
    const { clock, executors, history } = store();
    const { stateful } = recordExecutors(executors, history);
    const storage = new TokenStorage(history);
    await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 60);
    await stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 1, 90);
    const first = await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, {
      incarnation: 'a',
    });
    expect(storage.write('ada', 0, first.token)).toBe(true);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'b' });
    await stateful.replaceLinkedPod('game', 'ada', 'room', 0, 1, 60, { ifToken: first.token });
    await stateful.getLink('game', 'ada', 'room');
    const second = await stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER, {
      incarnation: 'b',
    });
    expect(storage.write('ada', 1, second.token)).toBe(true);
    expect(storage.write('ada', 0, first.token)).toBe(false);
    await stateful.removeLinkedPodWithId('game', 'ada', 'room', 1, { token: second.token, keepSeconds: 5 });
    await stateful.batchGetLink('game', ['ada', 'bob'], 'room');
    await clock.advance(6_000);
    expect(await stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    await stateful.setLinkedPod('game', 'ada', 'room', 2, PERSIST_FOREVER);
    await stateful.removeLinkedPod('game', 'ada', 'room');
    expect((await stateful.getLink('game', 'ada', 'room')).podId).toBeUndefined();
    expect(checkHistory(history.events)).toEqual([]);
    expect(history.events.filter(({ type }) => type === 'write').length).toBeGreaterThan(6);
  });

  it('distinguishes a write that may have acted from one that has not', async () => {
    const { executors, history } = store();
    const broken = faulty(executors);
    const { stateful } = recordExecutors(broken, history);
    broken.faults.loseReply('setLinkedPod');
    await expect(stateful.setLinkedPod('game', 'ada', 'room', 1, 60)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    broken.faults.failNext('setLinkedPod');
    await expect(stateful.setLinkedPod('game', 'bob', 'room', 1, 60)).rejects.toMatchObject({
      code: 'STORE_ERROR',
    });
    const outcomes = history.events.map((event) => event.type === 'write' && event.outcome);
    expect(outcomes).toEqual(['unknown', 'none']);
  });

  it('finds a store that loses links', async () => {
    const { executors, history } = store();
    const { stateful } = recordExecutors(executors, history);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER);
    await executors.stateful.removeLinkedPod('game', 'ada', 'room');
    await stateful.getLink('game', 'ada', 'room');
    expect(seen(history)).toEqual(['links-kept']);
  });
});

describe('the checker finds what is broken on purpose', () => {
  it('a plain SET instead of compare-and-set', async () => {
    const { executors, history } = store();
    const { stateful } = recordExecutors(plainSet(executors), history);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER);
    expect(seen(history)).toEqual(['links-kept']);
  });

  it('no deadline', async () => {
    const { executors, history } = store();
    const broken = faulty(executors);
    const hold = broken.faults.hold('setLinkedPod');
    const { stateful } = recordExecutors(noDeadline(broken, 20), history);
    await expect(stateful.setLinkedPod('game', 'ada', 'room', 1, 60)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await stateful.getLink('game', 'ada', 'room');
    hold.release();
    await expect.poll(() => executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeDefined();
    await stateful.getLink('game', 'ada', 'room');
    expect(seen(history)).toEqual(['deadlines-kept']);
  });

  it("tokens made from the pod's clock", async () => {
    const { clock, executors, history } = store();
    const { stateful } = recordExecutors(callersClockTokens(executors, clock), history);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 0, PERSIST_FOREVER, { incarnation: 'a' });
    await stateful.removeLinkedPod('game', 'ada', 'room');
    clock.stepWallClock(-HOUR_MS);
    await stateful.trySetLinkedPod('game', 'ada', 'room', 1, PERSIST_FOREVER, { incarnation: 'b' });
    expect(seen(history)).toEqual(['tokens-grow']);
  });

  it.each([
    ['a pod that fences itself, which nobody complains of', (executors: Executors) => executors, []],
    ['a pod that never does', noFence, ['fenced-first', 'one-server']],
  ])('no fence: %s', async (_, decorate, expected) => {
    const { clock, executors, history } = store();
    const near = recordExecutors(executors, history);
    const far = faulty(near);
    const owner = await pod(0, decorate(far), clock, history);
    const other = await pod(1, near, clock, history);
    const caller = createStatefulRoute({
      executors: near,
      namespace: 'game',
      services: ['room'],
      config,
      clock,
      logger: silentLogger,
    });
    await caller.start();
    await serve(owner, 0, history);
    await clock.advance(LEASE_MS);
    far.faults.failNext('setServiceState', { times: 1_000 });
    await clock.advance(2 * LEASE_MS);
    expect((await caller.service('room').locate('ada')).podId).toBe(1);
    await serve(other, 1, history);
    if (owner.server.holds('ada')) history.serve({ uid: 'ada', podId: 0, token: 1, accepted: false });
    expect(seen(history)).toEqual(expected);
  });

  it("leases compared with the caller's clock", async () => {
    const { clock, executors, history } = store();
    const recorded = recordExecutors(executors, history);
    const owner = await pod(0, recorded, clock, history);
    await pod(1, recorded, clock, history, {
      ...config,
      stateCacheExpireSecs: 3 * 3_600,
      serviceStateUpdatePeriodSeconds: 3_000,
    });
    await serve(owner, 0, history);
    await clock.advance(2 * LEASE_MS);
    const stepped = { now: () => clock.now() + HOUR_MS };
    const caller = createStatefulRoute({
      executors: callersClock(recorded, stepped),
      namespace: 'game',
      services: ['room'],
      config,
      clock,
      logger: silentLogger,
    });
    await caller.start();
    expect((await caller.service('room').locate('ada')).podId).toBe(1);
    expect(seen(history)).toEqual(['fenced-first']);
  });
});

describe('trialsOf', () => {
  it('repeats a trial from its own seed', () => {
    const third = trialsOf(7, 3)[2]!;
    const [again] = trialsOf(third.seed, 1);
    expect([again!.random(), again!.random()]).toEqual([third.random(), third.random()]);
  });

  it('gives each trial its own random generator', () => {
    expect(new Set(trialsOf(1, 100).map(({ random }) => random())).size).toBe(100);
  });
});

type Pod = StatefulRoute<StatefulRouteForServerDriver>;

async function pod(
  podId: number,
  executors: Executors,
  clock: ManualClock,
  history: History,
  own: typeof config = config,
): Promise<Pod> {
  const route = createStatefulRoute({
    executors,
    namespace: 'game',
    serviceName: 'room',
    podId,
    config: own,
    clock,
    logger: silentLogger,
  });
  await route.start();
  history.serving(podId);
  route.server.on('fenced', () => history.fenced(podId));
  return route;
}

async function serve(route: Pod, podId: number, history: History): Promise<void> {
  const claim = await route.server.claim('ada');
  history.serve({ uid: 'ada', podId, token: podId + 1, accepted: claim.claimed });
}
