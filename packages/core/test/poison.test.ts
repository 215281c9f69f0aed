import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLAIMED_BEFORE_DEATH_MS,
  DEATHS_WITHIN_MS,
  deathsAfter,
  formatIncarnation,
  loneDeathAt,
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
    expect(loneDeathAt(readOf(dead, pod(1, 1_000), pod(2, 0)), 0)).toBe(NOW - 20_000);
    expect(loneDeathAt(readOf(pod(0, 1, { state: 'FAILED' }), pod(1, 0)), 0)).toBe(NOW - 1);
  });

  it.each<[string, StatefulServiceState, StatefulServiceState]>([
    ['that lives', pod(0, LEASE_MS), pod(1, 0)],
    ['that said that it ends', pod(0, 20_000, { state: 'TERMINATING' }), pod(1, 0)],
    ['known by a word alone', pod(0, 0, { updateTime: undefined }), pod(1, 0)],
    ['beside one that died within a lease', dead, pod(1, 34_000)],
    ['beside one that was reported dead', dead, pod(1, 6_000, { state: 'FAILED' })],
    ['beside one that started again a little later', dead, pod(1, 0, startedAt(10_000))],
    ['beside one that started again a little before', dead, pod(1, 0, startedAt(34_000))],
  ])('is no evidence, of a pod %s', (_what, one, other) => {
    expect(loneDeathAt(readOf(one, other), 0)).toBeUndefined();
  });

  it('is evidence beside one that died, started or ended at another time', () => {
    const others = [pod(1, 36_000), pod(2, 0, startedAt(40_000)), pod(3, 20_000, { state: 'TERMINATING' })];
    expect(loneDeathAt(readOf(dead, ...others), 0)).toBe(NOW - 20_000);
    expect(loneDeathAt(readOf(dead), 7)).toBeUndefined();
  });

  it('is never evidence in a crash of several pods, whenever it is judged after a lease', () => {
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
        for (const { podId } of pods) expect(loneDeathAt(readOf(...pods), podId)).toBeUndefined();
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
          deaths = deathsAfter(deaths, now - claimedBeforeMs, now);
          const counts = claimedBeforeMs <= CLAIMED_BEFORE_DEATH_MS;
          if (counts) all.push(now);
          if (counts) expect(deaths).toEqual([...new Set(all)].filter((at) => at >= now - DEATHS_WITHIN_MS));
          expect(deathsAfter(deaths, now - claimedBeforeMs, now)).toEqual(deaths);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
