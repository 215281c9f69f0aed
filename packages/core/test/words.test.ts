import { type RoutingState, type ServiceState, silentLogger } from '@stateful-route/core';
import {
  parseServiceState,
  POD_INTENTS,
  type PodIntent,
  ROUTING_STATES,
  SERVICE_STATES,
} from '@stateful-route/core/adapter';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('words', () => {
  it('a stored word is parsed, and an unknown one is UNKNOWN', () => {
    for (const state of SERVICE_STATES) expect(parseServiceState(state)).toBe(state);
    for (const word of ['', 'ready', 'state', 'DOWN', '__proto__'])
      expect(parseServiceState(word)).toBe('UNKNOWN');
  });

  it('the lists hold every word of their types', () => {
    expectTypeOf<(typeof SERVICE_STATES)[number]>().toEqualTypeOf<ServiceState>();
    expectTypeOf<(typeof ROUTING_STATES)[number]>().toEqualTypeOf<RoutingState>();
    expectTypeOf<PodIntent>().toEqualTypeOf<'cordon' | 'drain' | 'resume'>();
    expect(POD_INTENTS).toEqual(['cordon', 'drain', 'resume']);
    expect(SERVICE_STATES).toEqual(['READY', 'NOT_READY', 'FAILED', 'PENDING', 'TERMINATING', 'UNKNOWN']);
    expect(ROUTING_STATES).toEqual(['READY', 'DENY_NEW_CALL', 'SHUTDOWN', 'UNKNOWN']);
  });

  it('a silent logger writes nothing', () => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      expect(silentLogger[level]({ uid: 'ada' }, 'placed')).toBeUndefined();
    }
  });
});
