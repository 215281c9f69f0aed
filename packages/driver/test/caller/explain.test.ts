import type { Reason, SelectionStrategy } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { type Explanation, RouteDriverFactory } from '../../src/index.ts';
import { type CallerFixture, callerFixture, failing, LEASE_MS, PERIOD_MS } from '../caller-fixture.ts';

type Started = Awaited<ReturnType<CallerFixture['startedCaller']>>;

const explain = ({ route }: Started, not?: number): Promise<Explanation> =>
  route.routeInfo.explain('game', 'ada', 'room', { not });

/** A fleet past its first lease, so that dead pods may be taken over, with pods 0 to 2 alive. */
async function oldFleet(): Promise<CallerFixture> {
  const fixture = await callerFixture([0, 1, 2]);
  await fixture.clock.advance(LEASE_MS + 1);
  for (const podId of [0, 1, 2]) await fixture.beat(podId);
  return fixture;
}

/** Advances the clock while these pods go on sending heartbeats. */
async function pass({ clock, beat }: CallerFixture, ms: number, ...beating: number[]): Promise<void> {
  for (let left = ms; left > 0; left -= PERIOD_MS) {
    await clock.advance(Math.min(left, PERIOD_MS));
    for (const podId of beating) await beat(podId);
  }
}

describe('explain tells what computeLinkedPod would do with a user', () => {
  it('who has no link', async () => {
    const { startedCaller, beat } = await oldFleet();
    await beat(0, { loadState: 4 });
    await beat(1, { loadState: 2, users: 2, maxUsers: 50 });
    await beat(2, { routingState: 'DENY_NEW_CALL' });
    const caller = await startedCaller({ strategy: 'least-loaded' });
    const { link, owner, outcome, sentence, strategy, pods } = await explain(caller);
    expect([link, owner, strategy]).toEqual([undefined, undefined, 'least-loaded']);
    expect(outcome).toEqual({ action: 'place', podId: 1 });
    expect(sentence).toBe(
      'Places ada on pod 1: ada has no link, and least-loaded picks pod 1 of 2 candidates.',
    );
    expect(pods).toMatchObject([
      { podId: 0, publishedLoad: 4, load: 4, score: 4, routable: true },
      { podId: 1, score: 2, users: 2, maxUsers: 50, leaseMs: LEASE_MS, ageMs: 0, incarnation: 'life-1' },
      { podId: 2, available: true, routable: false, filteredBy: 'draining' },
    ]);
    expect(pods[2]).not.toHaveProperty('score', expect.anything());
  });

  it('whose pod is in memory, also if the store has another one by now', async () => {
    const { startedCaller, executors } = await oldFleet();
    const caller = await startedCaller();
    await caller.rooms.locate('ada');
    expect(await explain(caller)).toMatchObject({
      remembered: { podId: 0, temporary: true },
      link: { podId: 0, permanent: false, ttlMs: 300_000 },
      outcome: { action: 'return', podId: 0, from: 'memory' },
      sentence: 'Returns pod 0 from memory, as the pod is available.',
    });
    await executors.stateful.setLinkedPod('game', 'ada', 'room', 1, 60);
    expect((await explain(caller)).sentence).toBe(
      'Returns pod 0 from memory, as the pod is available; in the store ada has a link to pod 1 by now.',
    );
    await executors.stateful.removeLinkedPod('game', 'ada', 'room');
    expect((await explain(caller)).sentence).toContain('; in the store ada has no link any more.');
    expect((await caller.rooms.locate('ada')).podId).toBe(0);
  });

  it('whom a pod claims', async () => {
    const { startedCaller, claim, beat } = await oldFleet();
    await claim('ada', 2);
    await beat(2, { routingState: 'DENY_NEW_CALL' });
    expect(await explain(await startedCaller())).toMatchObject({
      link: { podId: 2, permanent: true, incarnation: 'life-2', token: expect.any(Number) },
      owner: { podId: 2, filteredBy: 'draining' },
      outcome: { action: 'return', podId: 2, from: 'claim' },
      sentence: 'Returns pod 2, which claims ada and is available.',
    });
  });

  it('who has a temporary link', async () => {
    const { startedCaller, beat, executors } = await oldFleet();
    await executors.stateful.setLinkedPod('game', 'ada', 'room', 2, 60);
    const caller = await startedCaller();
    const sentence = async (): Promise<string> => (await explain(caller)).sentence;
    expect(await sentence()).toBe(
      'Returns pod 2: the temporary link of ada leads to it, and it takes new users.',
    );

    caller.rooms.unreachable(2);
    expect(await sentence()).toBe(
      'Moves ada from pod 2 to pod 0: the temporary link of ada leads to pod 2, which could not be reached by this ' +
        'caller lately, and custom picks pod 0 of 2 candidates.',
    );
    await beat(2, { routingState: 'DENY_NEW_CALL' });
    await beat(1, { state: 'NOT_READY' });
    expect(await explain(caller)).toMatchObject({
      outcome: { action: 'replace', from: 2, podId: 0 },
      sentence:
        'Moves ada from pod 2 to pod 0: the temporary link of ada leads to pod 2, which takes no new users ' +
        '(routing state DENY_NEW_CALL), and pod 0 is the only candidate.',
    });
    await beat(0, { state: 'NOT_READY' });
    expect(await sentence()).toBe(
      'Returns pod 2: the temporary link of ada leads to it, and it is available, while no pod takes new users.',
    );
    await beat(2, { state: 'FAILED' });
    expect(await explain(caller)).toMatchObject({
      outcome: { action: 'reject', code: 'SERVICE_NOT_READY' },
      sentence:
        'Rejects with SERVICE_NOT_READY: the temporary link of ada leads to pod 2, which has ended (FAILED), ' +
        'and no pod can take a new user (2 not ready, 1 ended).',
    });
  });

  it('whose pod fell silent: its lease, then the take-over', async () => {
    const fixture = await oldFleet();
    const { startedCaller, claim, beat } = fixture;
    await claim('ada', 1);
    await beat(1, { state: 'NOT_READY' });
    const caller = await startedCaller();
    expect(await explain(caller)).toMatchObject({
      outcome: {
        action: 'reject',
        code: 'POD_NOT_AVAILABLE',
        podId: 1,
        why: 'lease',
        retryAfterMs: PERIOD_MS,
      },
      sentence:
        'Rejects with POD_NOT_AVAILABLE: pod 1 claims ada and is NOT_READY, and its lease is not over; retry in 30000 ms.',
    });
    await pass(fixture, LEASE_MS + 1, 0, 2);
    expect(await explain(caller)).toMatchObject({
      outcome: { action: 'take over', from: 1, podId: 0 },
      sentence:
        'Takes ada over from pod 1, whose lease is over, to pod 0: custom picks pod 0 of 2 candidates.',
      owner: { alive: false, filteredBy: 'past its lease' },
    });
    for (const podId of [0, 2]) await beat(podId, { routingState: 'SHUTDOWN' });
    expect((await explain(caller)).sentence).toBe(
      'Rejects with SERVICE_NOT_READY: pod 1 claims ada, and its lease is over, ' +
        'and no pod can take a new user (2 shut down, 1 past its lease).',
    );
  });

  it('whose users wait for the same ordinal', async () => {
    const fixture = await oldFleet();
    const { startedCaller, claim, beat } = fixture;
    await claim('ada', 1);
    await beat(1, { deadOwner: 'wait' });
    await pass(fixture, LEASE_MS + 1, 0, 2);
    expect((await explain(await startedCaller())).sentence).toBe(
      'Rejects with POD_NOT_AVAILABLE: pod 1 claims ada and has sent no heartbeat for 300001 ms, longer ' +
        'than its lease of 300000 ms, and users of this service wait for the same ordinal to return (deadOwner: wait); retry in 30000 ms.',
    );
  });

  it('while the mass-expiry guard holds', async () => {
    const fixture = await oldFleet();
    await fixture.claim('ada', 1);
    await pass(fixture, LEASE_MS + 1, 0);
    expect(await explain(await fixture.startedCaller())).toMatchObject({
      outcome: { why: 'mass expiry' },
      sentence: expect.stringContaining('(mass-expiry guard); retry in '),
    });
  });

  it('while the directory is young', async () => {
    const { startedCaller, claim, executors } = await callerFixture([0, 1]);
    await claim('ada', 1);
    await executors.stateful.removeServiceState('game', 'room', 1);
    expect(await explain(await startedCaller())).toMatchObject({
      owner: undefined,
      outcome: { podId: 1, why: 'young directory' },
      sentence: expect.stringContaining(
        'pod 1 claims ada and has no entry, but the directory is younger than a lease, so it may have lost heartbeats',
      ),
    });
  });

  it('after the store came back empty', async () => {
    const { startedCaller, beat } = await callerFixture([]);
    await beat(0, { beatenBefore: true });
    const explained = await explain(await startedCaller());
    expect(explained).toMatchObject({
      outcome: {
        action: 'reject',
        code: 'POD_NOT_AVAILABLE',
        why: 'restored directory',
        retryAfterMs: 30_001,
      },
      sentence: expect.stringContaining('ada has no link, and the store came back empty a moment ago'),
    });
    expect(explained.outcome).not.toHaveProperty('podId', expect.anything());
  });

  it('of a service without pods', async () => {
    const { startedCaller } = await callerFixture([]);
    expect(await explain(await startedCaller())).toMatchObject({
      pods: [],
      sentence: 'Rejects with SERVICE_NOT_READY: ada has no link, and the service has no pods.',
    });
  });

  it('in another namespace as a caller there would do', async () => {
    const { startedCaller } = await oldFleet();
    const { route } = await startedCaller();
    const { outcome } = await route.routeInfo.explain('shop', 'ada', 'till');
    expect(outcome).toEqual({ action: 'reject', code: 'SERVICE_NOT_READY' });
  });
});

describe('explain tells how a user came to a pod', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);

  it.each<[Reason, string]>([
    [{ why: 'placed' }, 'A caller placed ada on pod 1.'],
    [{ why: 'claimed', at }, 'Pod 1 claimed ada at 2026-01-02T03:04:05.000Z, whose link did not name it.'],
    [
      { why: 'relinked', at },
      'A caller moved ada to pod 1 at 2026-01-02T03:04:05.000Z, as the pod before took no new users or could not be reached.',
    ],
    [
      { why: 'taken-over', at },
      'A caller took ada over to pod 1 at 2026-01-02T03:04:05.000Z, as the lease of the pod before was over.',
    ],
    [{ why: 'handed-over', at }, 'The pod before handed ada over to pod 1 at 2026-01-02T03:04:05.000Z.'],
    [{ why: 'moved', at, by: 'kim' }, 'ada was moved to pod 1 at 2026-01-02T03:04:05.000Z, by order of kim.'],
    [
      { why: 'forced', at, by: 'kim' },
      'ada was linked to pod 1 by force at 2026-01-02T03:04:05.000Z, by order of kim.',
    ],
    [
      { why: 'restored', at },
      'Pod 1 restored its claim of ada at 2026-01-02T03:04:05.000Z, as the store had lost it.',
    ],
  ])('by %j', async (reason, because) => {
    const { startedCaller, claim } = await oldFleet();
    await claim('ada', 1);
    const caller = await startedCaller();
    caller.around(async ({ method, run, options }) => {
      const reply = await run(options);
      return method === 'getLink' ? { ...(reply as object), reason } : reply;
    });
    expect(await explain(caller)).toMatchObject({ link: { reason }, because });
  });
});

describe('explain with a pod that is not the one', () => {
  const sentence = async (caller: Started, not: number): Promise<string | undefined> =>
    (await explain(caller, not)).not?.sentence;

  it('says what keeps the user from it', async () => {
    const { startedCaller, beat, claim, executors } = await oldFleet();
    await beat(1, { loadState: 3 });
    await beat(2, { loadState: 9 });
    const config = { overloadedAt: 8 };
    const caller = await startedCaller({ strategy: 'least-loaded', config });
    expect(await sentence(caller, 0)).toBe('Nothing: computeLinkedPod gives ada pod 0.');
    expect(await sentence(caller, 1)).toBe(
      'Pod 1 is a candidate, but least-loaded picks pod 0 (score 0, against 3) this time.',
    );
    expect((await explain(caller, 2)).not).toEqual({
      podId: 2,
      filteredBy: 'overloaded',
      sentence: 'Pod 2 is overloaded (load 9, overloadedAt 8).',
    });
    expect((await explain(caller, 7)).not).toEqual({
      podId: 7,
      filteredBy: 'no entry',
      sentence: 'Pod 7 has no entry.',
    });
    await claim('ada', 2);
    expect(await sentence(caller, 1)).toBe('The claim keeps ada on pod 2.');
    await beat(2, { state: 'NOT_READY' });
    expect(await sentence(caller, 1)).toBe('The claim of pod 2 stands, and pod 1 could take ada otherwise.');
    expect(await sentence(caller, 2)).toBe('Pod 2 is NOT_READY.');
    await executors.stateful.removeLinkedPod('game', 'ada', 'room');
    await beat(1, { routingState: 'UNKNOWN' });
    expect(await sentence(caller, 1)).toBe('Pod 1 takes no calls (routing state UNKNOWN).');
    await caller.rooms.locate('ada');
    expect(await sentence(caller, 1)).toBe(
      'Pod 1 takes no calls (routing state UNKNOWN), and the link in memory keeps ada on pod 0.',
    );
  });

  it('names the filter of pods that this caller leaves out', async () => {
    const fixture = await oldFleet();
    const caller = await fixture.startedCaller({ config: { excludePods: [0] } });
    caller.rooms.unreachable(1);
    expect(await sentence(caller, 0)).toBe('Pod 0 is excluded by the configuration of this caller.');
    expect(await sentence(caller, 1)).toBe('Pod 1 could not be reached by this caller lately.');
    await pass(fixture, 2.5 * PERIOD_MS + 1, 1, 2);
    expect(await sentence(caller, 0)).toBe('Pod 0 has missed heartbeats: the last one came 75001 ms ago.');
  });
});

describe('the explanation of a choice', () => {
  const pickNone: SelectionStrategy = { pick: () => undefined };

  it.each([
    ['weighted', [3, 1, 1]],
    ['rendezvous', [expect.any(Number), expect.any(Number), expect.any(Number)]],
    ['power-of-two', [0, 5, 0]],
    ['random', [undefined, undefined, undefined]],
    ['round-robin', [undefined, undefined, undefined]],
  ] as const)('by %s has the scores that it compares', async (strategy, scores) => {
    const { startedCaller, beat } = await oldFleet();
    await beat(0, { metadata: { weight: '3' } });
    await beat(1, { loadState: 5 });
    const caller = await startedCaller({ strategy });
    const { pods, outcome } = await explain(caller);
    expect(pods.map(({ score }) => score)).toEqual(scores);
    if (strategy !== 'rendezvous') return;
    const highest = Math.max(...pods.map(({ score }) => score!));
    expect(outcome).toEqual({ action: 'place', podId: pods.find(({ score }) => score === highest)!.podId });
  });

  it('of overloaded pods names what chooses then', async () => {
    const { startedCaller, beat } = await oldFleet();
    for (const podId of [0, 1, 2]) await beat(podId, { loadState: 9 - podId });
    const caller = await startedCaller({ strategy: 'random', config: { overloadedAt: 5 } });
    expect(await explain(caller)).toMatchObject({
      strategy: 'least-loaded',
      outcome: { action: 'place', podId: 2 },
      pods: [{ score: 9 }, { score: 8 }, { score: 7 }],
    });
  });

  it('counts what this caller has placed since the last heartbeat', async () => {
    const { startedCaller } = await oldFleet();
    const caller = await startedCaller({ config: { routingPeers: 3 } });
    await caller.rooms.locate('bob');
    expect((await explain(caller)).pods[0]).toMatchObject({ podId: 0, publishedLoad: 0, load: 3 });
  });

  it('says so if a strategy of the application picks none', async () => {
    const { startedCaller } = await oldFleet();
    const { sentence } = await explain(await startedCaller({ strategy: pickNone }));
    expect(sentence).toContain('no pod can take a new user (3 not picked by the strategy)');
  });
});

describe('explain', () => {
  it('reads the link and then the pods, and nothing else', async () => {
    const { startedCaller } = await oldFleet();
    const caller = await startedCaller();
    await explain(caller);
    expect(caller.calls()).toEqual(['getLink', 'getServiceState']);
  });

  it('rejects if the store fails', async () => {
    const { startedCaller } = await oldFleet();
    const caller = await startedCaller();
    for (const method of ['getLink', 'getServiceState'] as const) {
      caller.around(failing(method));
      await expect(explain(caller)).rejects.toMatchObject({ code: 'STORE_ERROR' });
    }
  });

  it('works without a state cache, and not with one that this library did not make', async () => {
    const { executors, claim } = await callerFixture();
    await claim('ada', 2);
    const factory = new RouteDriverFactory();
    const uncached = factory.createRouteInfoDriver(undefined, undefined, executors);
    expect((await uncached.explain('game', 'ada', 'room')).outcome).toMatchObject({
      action: 'return',
      podId: 2,
    });
    const cache = factory.createStateCache(undefined, executors);
    const foreign = { ...cache, picked: undefined };
    const driver = factory.createRouteInfoDriver(undefined, foreign, executors);
    await expect(driver.explain('game', 'ada', 'room')).rejects.toMatchObject({
      code: 'MISSING_DEPENDENCY',
      dependency: 'stateCache',
    });
    await cache.close();
  });
});
