import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLAIMED_BEFORE_DEATH_MS,
  DEATHS_WITHIN_MS,
  deathOf,
  deathsAfter,
  formatIncarnation,
} from '../src/adapter.ts';
import type { ServiceStateRead, StatefulServiceState } from '../src/index.ts';

const LEASE_MS = 15_000;
const NOW = 10_000_000;

function pod(podId: number, ageMs: number, more: Partial<StatefulServiceState> = {}): StatefulServiceState {
  return {
    podId,
    state: 'READY',
    routingState: 'READY',
    loadState: 0,
    metadata: {},
    leaseMs: LEASE_MS,
    updateTime: NOW - ageMs,
    incarnation: formatIncarnation({ start: 1, id: `p${podId}`, life: 0 }),
    ...more,
  };
}

const readOf = (...pods: readonly StatefulServiceState[]): ServiceStateRead => ({
  storeTime: NOW,
  epoch: 0,
  pods: new Map(pods.map((each) => [each.podId, each])),
});

const startedAt = (ageMs: number) => ({
  incarnation: formatIncarnation({ start: NOW - ageMs, id: 'new', life: 0 }),
});

describe('the death of a pod', () => {
  const dead = pod(0, 20_000);

  it('is its last heartbeat, if the others live', () => {
    expect(deathOf(readOf(dead, pod(1, 1_000), pod(2, 0)), 0)).toEqual({ at: NOW - 20_000, othersFell: 0 });
    expect(deathOf(readOf(pod(0, 1, { state: 'FAILED' }), pod(1, 0)), 0)?.at).toBe(NOW - 1);
  });

  it.each<[string, StatefulServiceState]>([
    ['that lives', pod(0, LEASE_MS)],
    ['that said that it ends', pod(0, 20_000, { state: 'TERMINATING' })],
    ['known by a word alone', pod(0, 0, { updateTime: undefined })],
  ])('is none, of a pod %s', (_what, one) => {
    expect(deathOf(readOf(one, pod(1, 0)), 0)).toBeUndefined();
  });

  it.each<[string, StatefulServiceState]>([
    ['that died within a lease', pod(1, 34_000)],
    ['that was reported dead', pod(1, 6_000, { state: 'FAILED' })],
    ['that started again a little later', pod(1, 0, startedAt(10_000))],
    ['that started again a little before', pod(1, 0, startedAt(34_000))],
  ])('counts another pod %s', (_what, other) => {
    expect(deathOf(readOf(dead, other), 0)).toEqual({ at: NOW - 20_000, othersFell: 1 });
  });

  it('counts no pod that died, started or ended at another time', () => {
    const others = [pod(1, 36_000), pod(2, 0, startedAt(40_000)), pod(3, 20_000, { state: 'TERMINATING' })];
    expect(deathOf(readOf(dead, ...others), 0)).toEqual({ at: NOW - 20_000, othersFell: 0 });
    expect(deathOf(readOf(dead), 7)).toBeUndefined();
  });

  it('is never alone in a crash of several pods, whenever it is judged after a lease', () => {
    const fall = fc.record({
      at: fc.integer({ min: 0, max: 2_000 }),
      restarts: fc.option(fc.integer({ min: 0, max: LEASE_MS - 2_000 })),
    });
    fc.assert(
      fc.property(fc.array(fall, { minLength: 2, maxLength: 20 }), (falls) => {
        // All fall within two seconds; those that restart do so within a lease. It is judged two leases later.
        const pods = falls.map(({ at, restarts }, podId) =>
          restarts === null
            ? pod(podId, 2 * LEASE_MS - at)
            : pod(podId, 0, startedAt(2 * LEASE_MS - at - restarts)),
        );
        const others = falls.length - 1;
        for (const { podId } of pods) {
          const death = deathOf(readOf(...pods), podId);
          if (death) expect(death.othersFell).toBe(others);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('deaths held against a user', () => {
  it('are those within ten minutes, each once, of pods that had claimed him shortly before', () => {
    const death = fc.record({
      afterMs: fc.integer({ min: 0, max: DEATHS_WITHIN_MS }),
      claimedBeforeMs: fc.integer({ min: -1_000, max: 2 * CLAIMED_BEFORE_DEATH_MS }),
    });
    fc.assert(
      fc.property(fc.array(death, { maxLength: 12 }), (history) => {
        let now = NOW;
        let deaths: readonly number[] = [];
        const all: number[] = [];
        for (const { afterMs, claimedBeforeMs } of history) {
          now += afterMs;
          deaths = deathsAfter(deaths, now - claimedBeforeMs, { at: now, othersFell: 0 });
          const counts = claimedBeforeMs <= CLAIMED_BEFORE_DEATH_MS;
          if (counts) all.push(now);
          if (counts) expect(deaths).toEqual([...new Set(all)].filter((at) => at >= now - DEATHS_WITHIN_MS));
          expect(deathsAfter(deaths, now - claimedBeforeMs, { at: now, othersFell: 0 })).toEqual(deaths);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('count while no more other pods fell than he may have killed', () => {
    const after = (deaths: readonly number[], othersFell: number): number =>
      deathsAfter(deaths, NOW, { at: NOW, othersFell }).length;
    expect([after([], 0), after([], 1)]).toEqual([1, 0]);
    expect([after([NOW - 9], 1), after([NOW - 9], 2)]).toEqual([2, 1]);
    expect(after([NOW - DEATHS_WITHIN_MS - 1], 1)).toBe(1);
  });
});
