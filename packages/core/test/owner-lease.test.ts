import { isMassExpiry, ownerLease, type StatefulServiceState } from '@stateful-route/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWord, NOW, pod, reading } from './pod.ts';

describe('ownerLease', () => {
  it('runs while the heartbeat is no older than the lease it carries', () => {
    expect(ownerLease(reading([pod({ updateTime: NOW })]), 0)).toEqual({
      over: false,
      why: 'lease',
      remainingMs: 10_001,
    });
    expect(ownerLease(reading([pod({ updateTime: NOW - 10_000 })]), 0)).toEqual({
      over: false,
      why: 'lease',
      remainingMs: 1,
    });
    expect(ownerLease(reading([pod({ updateTime: NOW - 10_001 })]), 0)).toEqual({ over: true });
  });

  it('ends at once with a last word', () => {
    for (const state of ['TERMINATING', 'FAILED'] as const) {
      expect(ownerLease(reading([pod({ state })]), 0).over).toBe(true);
      expect(ownerLease(reading([pod({ state })], NOW), 0).over).toBe(true);
      expect(ownerLease(reading([bareWord(state)]), 0).over).toBe(true);
    }
  });

  it('is not judged by what the pod accepts, or how it feels', () => {
    for (const fields of [{ state: 'NOT_READY' }, { routingState: 'SHUTDOWN' }] as const) {
      expect(ownerLease(reading([pod(fields)]), 0).over).toBe(false);
    }
  });

  it('is over for a pod without an entry, in a directory older than the lease', () => {
    expect(ownerLease(reading([], NOW - 5_001), 3, 5_000)).toEqual({ over: true });
    expect(ownerLease(reading([], NOW - 5_000), 3, 5_000)).toMatchObject({ over: false, remainingMs: 1 });
  });

  it('is never over in a young directory, by age or for having no entry', () => {
    const old = pod({ updateTime: NOW - 60_000 });
    const why = 'young directory';
    expect(ownerLease(reading([old], NOW - 4_000), 0)).toEqual({ over: false, why, remainingMs: 6_001 });
    expect(ownerLease(reading([], NOW), 0, 7_000)).toEqual({ over: false, why, remainingMs: 7_001 });
  });

  it('is never over where no heartbeat was ever sent, or of a bare word', () => {
    expect(ownerLease({ storeTime: NOW, since: undefined, pods: new Map() }, 0, 9_000)).toEqual({
      over: false,
      why: 'young directory',
      remainingMs: 9_000,
    });
    expect(ownerLease(reading([bareWord('READY')]), 0).over).toBe(false);
    expect(ownerLease(reading([bareWord('NOT_READY')]), 0).over).toBe(false);
  });

  it('is over exactly when the time it names has passed', () => {
    const anyAge = fc.nat({ max: 50_000 });
    fc.assert(
      fc.property(anyAge, anyAge, fc.boolean(), (age, youth, hasEntry) => {
        const pods = hasEntry ? [pod({ updateTime: NOW - age })] : [];
        const read = reading(pods, NOW - youth);
        const lease = ownerLease(read, 0, 10_000);
        const remainingMs = lease.over ? 0 : lease.remainingMs;
        const then = { ...read, storeTime: NOW + remainingMs };
        expect(ownerLease(then, 0, 10_000).over).toBe(true);
        if (!lease.over)
          expect(ownerLease({ ...then, storeTime: then.storeTime - 1 }, 0, 10_000).over).toBe(false);
      }),
    );
  });

  describe('while more than half of the pods are silent', () => {
    const since = NOW - 100_000;
    const aged = (
      podId: number,
      updateTime: number,
      fields: Partial<StatefulServiceState> = {},
    ): StatefulServiceState => pod({ podId, updateTime, ...fields });
    const silent = NOW - 10_001;

    it('is never over by age, or for having no entry', () => {
      const read = reading([aged(0, silent), aged(1, silent), aged(2, NOW)], since);
      const why = 'mass expiry';
      expect(ownerLease(read, 0)).toEqual({ over: false, why, remainingMs: 19_999 });
      expect(ownerLease(read, 7, 10_000)).toMatchObject({ over: false, why });
    });

    it('is not over either for the first of those that fell silent at one moment', () => {
      const lastBeats = [10_001, 9_500, 9_001, 0, 0];
      const read = reading(
        lastBeats.map((age, podId) => aged(podId, NOW - age)),
        since,
      );
      expect(isMassExpiry(read)).toBe(false);
      expect(ownerLease(read, 0)).toMatchObject({ over: false, why: 'mass expiry' });
      // The others beat on.
      const alone = lastBeats.map((age, podId) => aged(podId, NOW - (podId === 0 ? age : 2_000)));
      expect(ownerLease(reading(alone, since), 0)).toEqual({ over: true });
    });

    it('is over with a last word all the same', () => {
      const read = reading(
        [aged(0, silent, { state: 'TERMINATING' }), aged(1, silent), aged(2, silent)],
        since,
      );
      expect(ownerLease(read, 0)).toEqual({ over: true });
    });

    it.each([
      ['half of them', [aged(0, silent), aged(1, NOW)]],
      ['the only one', [aged(0, silent)]],
      ['those silent for more than three leases', [aged(0, NOW - 30_001), aged(1, NOW - 30_001)]],
      ['those that ended', [aged(0, silent), aged(1, silent, { state: 'FAILED' }), aged(2, NOW)]],
    ])('%s do not count as most', (_, pods) => {
      expect(isMassExpiry(reading(pods, since))).toBe(false);
      expect(ownerLease(reading(pods, since), 0)).toEqual({ over: true });
    });
  });
});
