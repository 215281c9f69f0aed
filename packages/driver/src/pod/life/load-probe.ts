import { performance } from 'node:perf_hooks';
import { type Check, checkLoad, configCheck } from '@stateful-route/core/adapter';

/** Measures the pod's load, in the unit of `setLoadState`. Called before each heartbeat; `undefined`: not known. */
export type LoadProbe = () => number | undefined;

/** The default probe: the load is what `setLoadState` was given, else the number of users. */
export const noProbe: LoadProbe = () => undefined;

/** The options of `eventLoopProbe`. */
export interface EventLoopProbeOptions {
  /** The load of a fully busy event loop, in the application's unit: for example how many users fill a pod. */
  readonly full: number;
}

const checkEventLoopProbeOptions: Check = configCheck<EventLoopProbeOptions>(
  { full: checkLoad },
  { required: ['full'] },
);

/** A probe: the utilisation of the event loop since the last heartbeat, 0–1, times `full`. */
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
