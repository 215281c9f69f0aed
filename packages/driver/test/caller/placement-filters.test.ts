import type { SelectionStrategy } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { type CallerRouteOptions, createStatefulRoute, type Explanation } from '../../src/index.ts';
import { callerFixture, LEASE_MS, type TestCaller } from '../caller-fixture.ts';

const explain = ({ route }: TestCaller, uid = 'ada', not?: number): Promise<Explanation> =>
  route.routeInfo.explain('game', uid, 'room', { not });

/** What each user needs, by the beginning of the uid. */
const placement = (uid: string): { readonly labels: Record<string, string> } | undefined =>
  uid.startsWith('gpu') ? { labels: { gpu: '1' } } : undefined;

describe('the filters of a placement', () => {
  it('send a user to a pod with the labels that the user needs, also in a take-over, and else nowhere', async () => {
    const { beat, claim, clock, startedCaller } = await callerFixture();
    await clock.advance(LEASE_MS + 1);
    await beat(0);
    await beat(1, { metadata: { gpu: '1' }, loadState: 50 });
    await beat(2, { metadata: { gpu: '2' } });
    const caller = await startedCaller({ placement, strategy: 'least-loaded' });
    for (const uid of ['gpu-1', 'gpu-2']) expect((await caller.rooms.locate(uid)).podId).toBe(1);
    expect(await explain(caller, 'gpu-3', 2)).toMatchObject({
      outcome: { action: 'place', podId: 1 },
      filters: [{ name: 'labels', required: true, wants: 'gpu=1', accepted: 1, counts: true }],
      sentence:
        'Places gpu-3 on pod 1: gpu-3 has no link, and pod 1 is the only candidate after the filters labels (gpu=1).',
      not: { filteredBy: 'labels', sentence: 'Pod 2 lacks labels that gpu-3 needs (gpu=1).' },
    });

    await claim('gpu-4', 0);
    await beat(0, { state: 'FAILED' });
    expect((await caller.rooms.locate('gpu-4')).podId).toBe(1);
    await beat(1, { metadata: {} });
    await caller.route.routeInfo.explain('game', 'any', 'room');
    await expect(caller.rooms.locate('gpu-5')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    expect((await explain(caller, 'gpu-5')).sentence).toBe(
      'Rejects with SERVICE_NOT_READY: gpu-5 has no link, and no pod can take a new user (1 ended, 2 labels).',
    );
  });

  it('prefer the own zone while it has enough pods that have a place', async () => {
    const { beat, startedCaller } = await callerFixture();
    await beat(0, { metadata: { zone: 'b' } });
    for (const podId of [1, 2]) await beat(podId, { metadata: { zone: 'a' }, loadState: 20, maxUsers: 1 });
    const caller = await startedCaller({ zone: 'a', strategy: 'least-loaded' });
    expect(await explain(caller, 'ada', 0)).toMatchObject({
      outcome: { action: 'place', podId: expect.any(Number) },
      filters: [{ name: 'zone', required: false, wants: 'a', minCandidates: 2, accepted: 2, counts: true }],
      not: { filteredBy: 'zone', sentence: 'Pod 0 is in another zone than this caller (a).' },
    });
    const { podId } = await caller.rooms.locate('ada');
    expect([1, 2]).toContain(podId);
    // Its place is taken, by this caller's own count.
    const now = await explain(caller, 'bob');
    expect(now).toMatchObject({
      outcome: { action: 'place', podId: 0 },
      sentence:
        'Places bob on pod 0: bob has no link, and least-loaded picks pod 0 of 2 candidates' +
        '; zone (a) does not count, as it accepts 1 of 2.',
    });
    expect(now.pods[podId]).toMatchObject({ filteredBy: 'full', freePlaces: 0, maxUsers: 1 });
    expect(now.pods[0]).toMatchObject({ notPreferredBy: ['zone'] });
    expect(now.pods[0]).not.toHaveProperty('freePlaces', expect.anything());
    const required = await startedCaller({ zone: 'a', filters: { zone: { required: true } } });
    expect([1, 2]).toContain((await required.rooms.locate('eve')).podId);
  });

  it('leave out full pods; if all are full, the user is refused', async () => {
    const { beat, clock, startedCaller } = await callerFixture([0, 1]);
    await beat(0, { users: 2, maxUsers: 2, loadState: 0 });
    await beat(1, { users: 1, maxUsers: 2, loadState: 9 });
    const caller = await startedCaller({ strategy: 'least-loaded' });
    expect((await caller.rooms.locate('ada')).podId).toBe(1);
    await expect(caller.rooms.locate('bob')).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' });
    expect((await explain(caller, 'bob', 1)).not?.sentence).toBe('Pod 1 is full (maxUsers 2).');
    // A later report counts for itself.
    await clock.advance(1);
    await beat(1, { users: 1, maxUsers: 2, loadState: 9 });
    await caller.route.routeInfo.explain('game', 'any', 'room');
    expect((await caller.rooms.locate('bob')).podId).toBe(1);
  });

  it('prefer the newest revision while an update runs, with the other filters of the application', async () => {
    const { beat, clock, startedCaller } = await callerFixture();
    for (const podId of [0, 1]) await beat(podId, { revision: 'v1', loadState: 1 });
    await beat(2, { revision: 'v1' });
    const caller = await startedCaller({
      strategy: 'least-loaded',
      filters: { odd: { accepts: ({ podId }) => podId % 2 === 1, minCandidates: 1 } },
    });
    expect((await caller.rooms.locate('ada')).podId).toBe(1);
    await beat(2, { revision: 'v2', incarnation: `${clock.now()}.new.0`, loadState: 7 });
    expect(await explain(caller, 'bob', 1)).toMatchObject({
      outcome: { podId: 2 },
      filters: [
        { name: 'newestRevision', wants: 'v2', minCandidates: 1, accepted: 1, counts: true },
        { name: 'odd', minCandidates: 1, accepted: 0, counts: false },
      ],
      sentence:
        'Places bob on pod 2: bob has no link, and pod 2 is the only candidate after the filters newestRevision (v2)' +
        '; odd does not count, as it accepts 0 of 1.',
      not: { filteredBy: 'newestRevision', sentence: 'Pod 1 runs v1, while an update to v2 is under way.' },
    });
    const without = await startedCaller({ strategy: 'least-loaded', filters: { newestRevision: false } });
    expect((await without.rooms.locate('bob')).podId).not.toBe(2);
  });

  it('may be the application’s own, and required', async () => {
    const { startedCaller } = await callerFixture();
    const caller = await startedCaller({
      filters: { last: { required: true, accepts: ({ podId }, { uid }) => uid !== 'ada' || podId === 2 } },
    });
    expect((await caller.rooms.locate('ada')).podId).toBe(2);
    const other = await startedCaller({
      filters: { last: { required: true, accepts: ({ podId }) => podId === 2 } },
    });
    expect((await explain(other, 'bob', 0)).not?.sentence).toBe(
      'Pod 0 is refused by the filter last of the application.',
    );
  });

  it('that fail place nobody, and keep nobody from the pod that has him', async () => {
    const { claim, startedCaller, link } = await callerFixture();
    await claim('ada', 2);
    const broken: [Partial<CallerRouteOptions>, string][] = [
      [
        {
          placement: () => {
            throw new Error('no table');
          },
        },
        'placement',
      ],
      [{ placement: () => ({ labels: { gpu: 1 } }) as never }, 'placement'],
      [{ placement: () => ({ label: {} }) as never }, 'placement'],
      [{ filters: { gpu: { accepts: () => 1 as never } } }, 'filters.gpu'],
    ];
    for (const [options, name] of broken) {
      const caller = await startedCaller(options);
      expect((await caller.rooms.locate('ada')).podId).toBe(2);
      const refused = { code: 'INVALID_CONFIG', faults: [{ name, problem: expect.any(String) }] };
      await expect(caller.rooms.locate('bob')).rejects.toMatchObject(refused);
      await expect(explain(caller, 'bob')).rejects.toMatchObject(refused);
      await expect(
        caller.route.routeInfo.getServiceBestPod('game', 'room', { uid: 'bob' }),
      ).rejects.toMatchObject(refused);
      expect(await link('bob')).toBe(undefined);
      await caller.route.stop();
    }
  });

  it('leave the strategy to choose, and tell it what the user needs', async () => {
    const seen: unknown[] = [];
    const strategy: SelectionStrategy = {
      pick: (pods, context) => {
        seen.push([pods.map(({ podId }) => podId), context]);
        return pods.at(-1);
      },
    };
    const { beat, startedCaller } = await callerFixture();
    for (const podId of [0, 1]) await beat(podId, { metadata: { gpu: '1' } });
    const caller = await startedCaller({ placement, strategy });
    expect((await caller.rooms.locate('gpu-1')).podId).toBe(1);
    expect(seen).toEqual([[[0, 1], expect.objectContaining({ uid: 'gpu-1', labels: { gpu: '1' } })]]);
  });
});

it('refuses filters that it does not know, each with its name', async () => {
  const { executors } = await callerFixture();
  const accepts = (): boolean => true;
  const filters = {
    newestRevison: false,
    zone: { minCandidates: 0 },
    labels: { required: true, minCandidates: 3 },
    full: { accepts },
    'g p u': { accepts },
    gpu: { accepts: undefined as never },
    mine: { accepts, weight: 1 },
    pinned: true,
  };
  expect(() => createStatefulRoute({ executors, namespace: 'game', filters })).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      faults: [
        {
          name: 'filters.newestRevison',
          problem:
            'is unknown; did you mean newestRevision? (a filter of your own is { accepts(pod, context) })',
        },
        expect.objectContaining({ name: 'filters.zone.minCandidates' }),
        expect.objectContaining({ name: 'filters.labels.required', problem: 'excludes minCandidates' }),
        expect.objectContaining({ name: 'filters.full' }),
        expect.objectContaining({ name: 'filters.g p u' }),
        expect.objectContaining({ name: 'filters.gpu.accepts' }),
        expect.objectContaining({ name: 'filters.mine.weight' }),
      ],
    }),
  );
  for (const wrong of [null, [], 'zone']) {
    expect(() => createStatefulRoute({ executors, namespace: 'game', filters: wrong as never })).toThrow(
      /filters/,
    );
  }
});
