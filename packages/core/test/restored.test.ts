import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { isPrunable, placementHoldMs } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LEASE_MS } from '../src/domain/constants.ts';
import { longestPeriodMs } from '../src/rules/liveness.ts';
import { bareWord, NOW, pod, reading } from './pod.ts';

const PERIOD_MS = 1_000;
const LEASE_MS = 10_000;

const restoredFor = (ms: number, pods: readonly StatefulServiceState[] = [pod()]): ServiceStateRead =>
  reading(pods, NOW - ms, { restored: NOW - ms });

describe('placementHoldMs', () => {
  it('is 0 in a directory that lost nothing', () => {
    expect(placementHoldMs(reading([pod({ healing: 'held' })]))).toBe(0);
  });

  it('lasts for the longest published update period', () => {
    expect(placementHoldMs(restoredFor(0))).toBe(PERIOD_MS + 1);
    expect(placementHoldMs(restoredFor(PERIOD_MS))).toBe(1);
    expect(placementHoldMs(restoredFor(PERIOD_MS + 1))).toBe(0);
    const slow = pod({ podId: 1, updatePeriodMs: 4_000 });
    expect(placementHoldMs(restoredFor(0, [pod(), slow]))).toBe(4_001);
  });

  it.for(['held', 'returning'] as const)('goes on while a pod is healing: %s', (healing) => {
    const pods = [pod(), pod({ podId: 1, healing })];
    expect(placementHoldMs(restoredFor(PERIOD_MS + 1, pods))).toBe(PERIOD_MS);
    expect(placementHoldMs(restoredFor(2 * LEASE_MS, pods))).toBe(1);
    expect(placementHoldMs(restoredFor(2 * LEASE_MS + 1, pods))).toBe(0);
  });

  it('does not wait for a dead pod', () => {
    const silent = pod({ podId: 1, healing: 'held', updateTime: NOW - LEASE_MS - 1 });
    const ended = pod({ podId: 2, healing: 'returning', state: 'FAILED' });
    expect(placementHoldMs(restoredFor(PERIOD_MS + 1, [pod(), silent, ended]))).toBe(0);
  });

  it('is never more than the rest of two leases', () => {
    const anyPods = fc.array(
      fc.record({ healing: fc.constantFrom(undefined, 'held', 'returning'), updatePeriodMs: fc.nat(50_000) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(anyPods, fc.nat({ max: 700_000 }), (all, age) => {
        const pods = all.map((fields, podId) => pod({ podId, ...fields }));
        const leaseMs = pods.length > 0 ? LEASE_MS : DEFAULT_LEASE_MS;
        const holdMs = placementHoldMs(restoredFor(age, pods));
        expect(holdMs).toBeGreaterThanOrEqual(0);
        expect(holdMs).toBeLessThanOrEqual(Math.max(0, 2 * leaseMs - age + 1));
      }),
    );
  });

  it('uses the default period if no pod published one', () => {
    expect(longestPeriodMs({ pods: new Map() })).toBe(30_000);
    expect(longestPeriodMs(reading([bareWord('READY')]))).toBe(30_000);
  });
});

describe('isPrunable', () => {
  const prunable = (fields: Partial<StatefulServiceState>, read: Partial<ServiceStateRead> = {}): boolean => {
    const each = pod(fields);
    return isPrunable(reading([each], 0, read), each);
  };

  it('an entry that has been dead for a lease', () => {
    expect(prunable({ updateTime: NOW - 4 * LEASE_MS })).toBe(false);
    expect(prunable({ updateTime: NOW - 4 * LEASE_MS - 1 })).toBe(true);
    for (const state of ['FAILED', 'TERMINATING'] as const) {
      expect(prunable({ state, updateTime: NOW - LEASE_MS })).toBe(false);
      expect(prunable({ state, updateTime: NOW - LEASE_MS - 1 })).toBe(true);
    }
  });

  it('nothing in a young directory, or in one without a heartbeat', () => {
    const longDead = { updateTime: NOW - 90_000 };
    for (const since of [NOW, NOW - LEASE_MS, undefined]) expect(prunable(longDead, { since })).toBe(false);
    expect(prunable(longDead, { since: NOW - LEASE_MS - 1 })).toBe(true);
    expect(prunable({ ...longDead, state: 'FAILED' }, { since: NOW })).toBe(false);
  });

  it('after the store was down, no entry before two leases', () => {
    const longDead = { updateTime: NOW - 90_000 };
    const quietFor = (ms: number) => ({ since: NOW - ms, quiet: NOW - ms });
    expect(prunable(longDead, quietFor(2 * LEASE_MS))).toBe(false);
    expect(prunable(longDead, quietFor(2 * LEASE_MS + 1))).toBe(true);
  });

  it('no bare word, which belongs to the older sides', () => {
    expect(isPrunable(reading([bareWord('FAILED')]), bareWord('FAILED'))).toBe(false);
  });
});
