import { ownerLease } from '@stateful-route/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWord, NOW, pod, reading } from './pod.ts';

describe('ownerLease', () => {
  it('runs while the heartbeat is no older than the lease it carries', () => {
    expect(ownerLease(reading([pod({ updateTime: NOW })]), 0)).toEqual({ over: false, remainingMs: 10_001 });
    expect(ownerLease(reading([pod({ updateTime: NOW - 10_000 })]), 0)).toEqual({
      over: false,
      remainingMs: 1,
    });
    expect(ownerLease(reading([pod({ updateTime: NOW - 10_001 })]), 0)).toEqual({
      over: true,
      remainingMs: 0,
    });
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
    expect(ownerLease(reading([], NOW - 5_001), 3, 5_000)).toEqual({ over: true, remainingMs: 0 });
    expect(ownerLease(reading([], NOW - 5_000), 3, 5_000)).toEqual({ over: false, remainingMs: 1 });
  });

  it('is never over in a young directory, by age or for having no entry', () => {
    const old = pod({ updateTime: NOW - 60_000 });
    expect(ownerLease(reading([old], NOW - 4_000), 0)).toEqual({ over: false, remainingMs: 6_001 });
    expect(ownerLease(reading([], NOW), 0, 7_000)).toEqual({ over: false, remainingMs: 7_001 });
  });

  it('is never over where no heartbeat was ever sent, or of a bare word', () => {
    expect(ownerLease({ storeTime: NOW, since: undefined, pods: new Map() }, 0, 9_000)).toEqual({
      over: false,
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
        const { over, remainingMs } = ownerLease(read, 0, 10_000);
        expect(over).toBe(remainingMs === 0);
        const then = { ...read, storeTime: NOW + remainingMs };
        expect(ownerLease(then, 0, 10_000).over).toBe(true);
        if (!over) expect(ownerLease({ ...then, storeTime: then.storeTime - 1 }, 0, 10_000).over).toBe(false);
      }),
    );
  });
});
