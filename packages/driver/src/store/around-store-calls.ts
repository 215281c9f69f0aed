import type { CallOptions, Clock } from '@stateful-route/core';
import { type AroundCall, checkCallBounds } from '@stateful-route/core/adapter';
import type { RouteConfig } from '../config/route-config.ts';
import { type BoundedOptions, retrySafeCalls } from './retry-safe-calls.ts';
import type { StoreHealth } from './store-health.ts';
import { storeTelemetry } from './telemetry.ts';

/** What a route puts around each call of its store: one deadline, safe retries, the store's health, metrics and traces. */
export function aroundStoreCalls(
  config: RouteConfig,
  clock: Clock,
  health: StoreHealth,
  random: () => number,
): AroundCall {
  const observe = storeTelemetry(config, () => clock.monotonic());
  const runCall = retrySafeCalls(config, clock, health, random);
  const defaults = { timeoutMs: config.timeoutMs };
  return (call) => {
    const { options } = call;
    try {
      // Before they are spread: what is no object would vanish there.
      checkCallBounds(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!options) return observe(call, defaults, runCall);
    return observe(call, isBounded(options) ? options : { ...options, ...defaults }, runCall);
  };
}

function isBounded(options: CallOptions): options is BoundedOptions {
  return options.timeoutMs !== undefined;
}
