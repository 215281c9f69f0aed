import { type AroundCall, type Clock } from '@stateful-route/core';
import type { RouteConfig } from '../config/route-config.ts';
import type { StoreHealth } from './store-health.ts';
import { storeTelemetry } from './telemetry.ts';

/** What a route puts around each call of its store: the configured deadline, its health, metrics and traces. */
export function aroundStoreCalls(config: RouteConfig, clock: Clock, health: StoreHealth): AroundCall {
  const observe = storeTelemetry(config, () => clock.monotonic());
  return (call) => {
    const options = { ...call.options, timeoutMs: call.options?.timeoutMs ?? config.timeoutMs };
    const run = async (): Promise<unknown> => {
      try {
        const result = await call.run(options);
        health.succeeded();
        return result;
      } catch (error) {
        health.failed(error);
        throw error;
      }
    };
    return observe(call, run);
  };
}
