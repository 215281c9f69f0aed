import { performance } from 'node:perf_hooks';
import { type Check, checkLoad, configCheck } from '@stateful-route/core/adapter';

/** Measures the pod's own load, in the unit of `setLoadState`. Called before each heartbeat; `undefined`: not known. */
export type LoadProbe = () => number | undefined;

/** The probe of those who bring none: the load is what `setLoadState` was given. */
export const noProbe: LoadProbe = () => undefined;

/** How a utilisation becomes a load. */
export interface EventLoopProbeOptions {
  /** The load that a fully busy event loop stands for, in the application's unit, such as how many users fill a pod. */
  readonly full: number;
}

const checkEventLoopProbeOptions: Check = configCheck<EventLoopProbeOptions>(
  { full: checkLoad },
  { required: ['full'] },
);

/** A probe of the event loop's utilisation since the call before, 0–1, times `full`. */
export function eventLoopProbe(options: EventLoopProbeOptions): LoadProbe {
  checkEventLoopProbeOptions(options);
  const { full } = options;
  let last = performance.eventLoopUtilization();
  return () => {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    return utilization * full;
  };
}
