import { isAlive, isAvailable, isRoutable } from '@stateful-route/core';
import {
  ageMsOf,
  hasEnded,
  leaseMsOf,
  ROUTING_STATES,
  SERVICE_STATES,
  suspectAfterMs,
} from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LEASE_MS } from '../src/domain/constants.ts';
import { bareWord, NOW, pod } from './pod.ts';

const anyPod = fc
  .record({
    state: fc.constantFrom(...SERVICE_STATES),
    routingState: fc.constantFrom(...ROUTING_STATES),
    leaseMs: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
    updatePeriodMs: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined }),
  })
  .map(pod);
const anyAge = fc.option(fc.nat({ max: 2_000_000 }), { nil: undefined });

describe('the three predicates', () => {
  it('each imply the one before', () => {
    fc.assert(
      fc.property(anyPod, anyAge, (each, ageMs) => {
        if (isRoutable(each, ageMs)) expect(isAvailable(each, ageMs)).toBe(true);
        if (isAvailable(each, ageMs)) expect(isAlive(each, ageMs)).toBe(true);
      }),
    );
  });

  it('never become true again with age', () => {
    fc.assert(
      fc.property(anyPod, fc.nat({ max: 2_000_000 }), fc.nat({ max: 2_000_000 }), (each, a, b) => {
        const [younger, older] = [Math.min(a, b), Math.max(a, b)];
        for (const holds of [isAlive, isAvailable, isRoutable]) {
          if (holds(each, older)) expect(holds(each, younger)).toBe(true);
        }
      }),
    );
  });

  it.for([
    // state, routing state, age → alive, available, routable
    ['READY', 'READY', 0, true, true, true],
    ['READY', 'READY', 2_500, true, true, true],
    ['READY', 'READY', 2_501, true, true, false],
    ['READY', 'READY', 10_000, true, true, false],
    ['READY', 'READY', 10_001, false, false, false],
    ['READY', 'DENY_NEW_CALL', 0, true, true, false],
    ['READY', 'SHUTDOWN', 0, true, false, false],
    ['READY', 'UNKNOWN', 0, true, false, false],
    ['NOT_READY', 'READY', 0, true, false, false],
    ['PENDING', 'READY', 0, true, false, false],
    ['UNKNOWN', 'READY', 0, true, false, false],
    ['TERMINATING', 'READY', 0, false, false, false],
    ['FAILED', 'READY', 0, false, false, false],
  ] as const)('%s, %s, aged %d ms', ([state, routingState, ageMs, alive, available, routable]) => {
    const each = pod({ state, routingState });
    expect([isAlive(each, ageMs), isAvailable(each, ageMs), isRoutable(each, ageMs)]).toEqual([
      alive,
      available,
      routable,
    ]);
  });

  it('use only the word of a pod known by a bare word', () => {
    expect(isRoutable(bareWord('READY'), undefined)).toBe(true);
    expect(isAlive(bareWord('NOT_READY'), undefined)).toBe(true);
    expect(isAvailable(bareWord('NOT_READY'), undefined)).toBe(false);
    expect(isAlive(bareWord('TERMINATING'), undefined)).toBe(false);
  });
});

describe('the parts of the rules', () => {
  it('a heartbeat carries its lease and its period', () => {
    expect(leaseMsOf(pod({ leaseMs: 5 }))).toBe(5);
    expect(leaseMsOf(pod({ leaseMs: undefined }))).toBe(DEFAULT_LEASE_MS);
    expect(suspectAfterMs(pod({ updatePeriodMs: 1_000 }))).toBe(2_500);
    expect(suspectAfterMs(pod({ updatePeriodMs: undefined }))).toBe(75_000);
  });

  it('an age is the difference of two readings, and a bare word has none', () => {
    expect(ageMsOf(pod({ updateTime: NOW - 7 }), NOW)).toBe(7);
    expect(ageMsOf(pod({ updateTime: NOW + 7 }), NOW)).toBe(0);
    expect(ageMsOf(bareWord('READY'), NOW)).toBeUndefined();
  });

  it('two states end a pod', () => {
    expect(SERVICE_STATES.filter((state) => hasEnded(pod({ state })))).toEqual(['FAILED', 'TERMINATING']);
  });
});
