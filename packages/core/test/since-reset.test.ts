import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { sinceReset } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWord, NOW, pod, reading } from './pod.ts';

const LEASE_MS = 10_000;
const stays = { resets: false, quiet: false };

/** Entries with these ages, the first of pod 0, in a directory that is old enough. */
function aged(...ages: readonly number[]): readonly StatefulServiceState[] {
  return ages.map((age, podId) => pod({ podId, updateTime: NOW - age }));
}

function old(pods: readonly StatefulServiceState[]): ServiceStateRead {
  return reading(pods, NOW - 3 * LEASE_MS - 1);
}

describe('sinceReset', () => {
  it('happens with the first heartbeat of a directory', () => {
    const read = reading([], undefined, { since: undefined });
    expect(sinceReset(read, 0)).toEqual({ resets: true, quiet: false });
  });

  it('needs an entry of its own that is overdue, and is quiet only past its lease', () => {
    expect(sinceReset(old(aged(LEASE_MS + 1)), 0)).toEqual({ resets: true, quiet: true });
    expect(sinceReset(old(aged(LEASE_MS)), 0)).toEqual({ resets: true, quiet: false });
    expect(sinceReset(old(aged(9_001, 9_001, 12_000)), 0)).toEqual({ resets: true, quiet: false });
    expect(sinceReset(old(aged(9_000)), 0)).toEqual(stays);
    expect(sinceReset(old(aged(LEASE_MS + 1)), 1)).toEqual(stays);
    expect(sinceReset(old([bareWord('READY')]), 0)).toEqual(stays);
  });

  it('never happens within three leases of the last time', () => {
    const pods = aged(LEASE_MS + 1);
    expect(sinceReset(reading(pods, NOW - 3 * LEASE_MS), 0)).toEqual(stays);
    expect(sinceReset(reading(pods, NOW - 3 * LEASE_MS - 1), 0).resets).toBe(true);
  });

  it.for([
    // the others' ages → resets, quiet
    [[9_001, 0], true, false],
    [[9_000, 0], false, false],
    [[9_001, 0, 0], false, false],
    [[9_001, 9_001, 0, 0], true, false],
    [[30_000, 0], true, false],
    [[30_001, 0], false, false],
    [[30_001, 30_001, 10_000], false, false],
    [[30_001, 30_001, 10_001], true, true],
    [[10_001, 10_001], true, true],
    [[10_001, 10_000], true, false],
  ] as const)('with others aged %j: resets %s, quiet %s', ([others, resets, quiet]) => {
    expect(sinceReset(old(aged(12_000, ...others)), 0)).toEqual({ resets, quiet });
  });

  it('counts no ended entry, neither as its own nor as another', () => {
    const ended = (podId: number): StatefulServiceState =>
      pod({ podId, state: 'FAILED', updateTime: NOW - LEASE_MS - 1 });
    expect(sinceReset(old([ended(0), ...aged(0, 11_000).slice(1)]), 0)).toEqual(stays);
    expect(sinceReset(old([...aged(11_000, 0), ended(2), ended(3)]), 0)).toEqual(stays);
    expect(sinceReset(old([...aged(11_000), ended(1)]), 0)).toEqual({ resets: true, quiet: true });
  });

  it('is quiet only if it resets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 40_000 }), { maxLength: 6 }),
        fc.nat({ max: 60_000 }),
        (ages, youth) => {
          const { resets, quiet } = sinceReset(reading(aged(...ages), NOW - youth), 0);
          if (quiet) expect(resets).toBe(true);
        },
      ),
    );
  });
});
