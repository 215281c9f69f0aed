import type { StatefulServiceState } from '@stateful-route/core';
import { isMassExpiry, ownerLease } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LEASE_MS } from '../src/domain/constants.ts';
import { longestLeaseMs } from '../src/rules/liveness.ts';
import { bareWord, NOW, pod, reading } from './pod.ts';

describe('ownerLease', () => {
  it('runs while the heartbeat is no older than its lease', () => {
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

  it('ends at once with TERMINATING or FAILED', () => {
    for (const state of ['TERMINATING', 'FAILED'] as const) {
      expect(ownerLease(reading([pod({ state })]), 0).over).toBe(true);
      expect(ownerLease(reading([pod({ state })], NOW), 0).over).toBe(true);
      expect(ownerLease(reading([bareWord(state)]), 0).over).toBe(true);
    }
  });

  it('does not depend on routing state or load', () => {
    for (const fields of [{ state: 'NOT_READY' }, { routingState: 'SHUTDOWN' }] as const) {
      expect(ownerLease(reading([pod(fields)]), 0).over).toBe(false);
    }
  });

  it('is over for a pod without an entry, in a directory older than the lease', () => {
    expect(ownerLease(reading([], NOW - 5_001), 3, { readerLeaseMs: 5_000 })).toEqual({ over: true });
    expect(ownerLease(reading([], NOW - 5_000), 3, { readerLeaseMs: 5_000 })).toMatchObject({
      over: false,
      remainingMs: 1,
    });
  });

  it('is not over in a young directory, by age or for having no entry', () => {
    const old = pod({ updateTime: NOW - 20_000 });
    const why = 'young directory';
    expect(ownerLease(reading([old], NOW - 4_000), 0)).toEqual({ over: false, why, remainingMs: 6_001 });
    expect(ownerLease(reading([old], NOW - 10_001), 0)).toEqual({ over: true });
    expect(ownerLease(reading([], NOW), 0, { readerLeaseMs: 7_000 })).toEqual({
      over: false,
      why,
      remainingMs: 7_001,
    });
  });

  it('is never over without any heartbeat, or for a bare word', () => {
    expect(ownerLease(reading([], undefined, { since: undefined }), 0, { readerLeaseMs: 9_000 })).toEqual({
      over: false,
      why: 'young directory',
      remainingMs: 9_000,
    });
    expect(ownerLease(reading([bareWord('READY')]), 0).over).toBe(false);
    expect(ownerLease(reading([bareWord('NOT_READY')]), 0).over).toBe(false);
  });

  it('is over after three leases, young directory or not', () => {
    const aged = (ageMs: number) => ownerLease(reading([pod({ updateTime: NOW - ageMs })], NOW), 0);
    expect(aged(30_001)).toEqual({ over: true });
    expect(aged(30_000)).toEqual({ over: false, why: 'young directory', remainingMs: 1 });
    expect(aged(25_000)).toEqual({ over: false, why: 'young directory', remainingMs: 5_001 });
  });

  it('is over one lease after the store was down, however old the entry is', () => {
    const old = pod({ updateTime: NOW - 90_000 });
    const quietFor = (ms: number) => reading([old], NOW - ms, { quiet: NOW - ms });
    expect(ownerLease(quietFor(4_000), 0)).toEqual({
      over: false,
      why: 'young directory',
      remainingMs: 6_001,
    });
    expect(ownerLease(quietFor(10_000), 0)).toMatchObject({ over: false, remainingMs: 1 });
    expect(ownerLease(quietFor(10_001), 0)).toEqual({ over: true });
  });

  it('of an owner without an entry is the longest of the record’s, the pods’ and the reader’s', () => {
    const youngFor = (hints: object, pods: readonly StatefulServiceState[] = []) => {
      const lease = ownerLease(reading(pods, NOW), 7, hints);
      return lease.over ? 0 : lease.remainingMs - 1;
    };
    const long = pod({ leaseMs: 40_000 });
    expect(youngFor({ readerLeaseMs: 9_000 })).toBe(9_000);
    expect(youngFor({ readerLeaseMs: 9_000, ownerLeaseMs: 12_000 })).toBe(12_000);
    expect(youngFor({ readerLeaseMs: 9_000, ownerLeaseMs: 3_000 })).toBe(9_000);
    expect(youngFor({ readerLeaseMs: 9_000, ownerLeaseMs: 12_000 }, [long, pod({ podId: 1 })])).toBe(40_000);
    expect(youngFor({})).toBe(DEFAULT_LEASE_MS);
    expect(longestLeaseMs(reading([bareWord('READY')]))).toBeUndefined();
  });

  it('of an owner with an entry is its own', () => {
    const hints = { ownerLeaseMs: 60_000, readerLeaseMs: 60_000 };
    expect(ownerLease(reading([pod({ updateTime: NOW - 10_001 })]), 0, hints)).toEqual({ over: true });
  });

  it('is over exactly when remainingMs has passed', () => {
    const anyAge = fc.nat({ max: 50_000 });
    fc.assert(
      fc.property(anyAge, anyAge, fc.boolean(), fc.boolean(), (age, youth, hasEntry, isQuiet) => {
        const pods = hasEntry ? [pod({ updateTime: NOW - age })] : [];
        const read = reading(pods, NOW - youth, isQuiet ? { quiet: NOW - youth } : {});
        const hints = { readerLeaseMs: 10_000 };
        const lease = ownerLease(read, 0, hints);
        const remainingMs = lease.over ? 0 : lease.remainingMs;
        const then = { ...read, storeTime: NOW + remainingMs };
        expect(ownerLease(then, 0, hints).over).toBe(true);
        if (!lease.over)
          expect(ownerLease({ ...then, storeTime: then.storeTime - 1 }, 0, hints).over).toBe(false);
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
      expect(ownerLease(read, 0)).toEqual({ over: false, why, remainingMs: 10_000 });
      expect(ownerLease(read, 7, { readerLeaseMs: 10_000 })).toMatchObject({ over: false, why });
    });

    it('is not over for the first of those that fell silent at the same moment', () => {
      const lastBeats = [10_001, 9_500, 9_001, 0, 0];
      const read = reading(
        lastBeats.map((age, podId) => aged(podId, NOW - age)),
        since,
      );
      expect(isMassExpiry(read)).toBe(true);
      expect(ownerLease(read, 0)).toMatchObject({ over: false, why: 'mass expiry' });
      // The others beat on.
      const alone = lastBeats.map((age, podId) => aged(podId, NOW - (podId === 0 ? age : 2_000)));
      expect(ownerLease(reading(alone, since), 0)).toEqual({ over: true });
    });

    it('is over with TERMINATING or FAILED all the same', () => {
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
