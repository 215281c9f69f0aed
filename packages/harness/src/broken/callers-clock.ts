import type { Clock, Executors, ServiceStateRead, TrySetResult } from '@stateful-route/core';
import { type AroundCall, decorateExecutors } from '@stateful-route/core/adapter';

/** Breaks liveness: leases are compared with the caller's wall clock, not with store time. */
export function callersClock(executors: Executors, clock: Pick<Clock, 'now'>): Executors {
  const around: AroundCall = async (call) => {
    const reply = await call.run(call.options);
    if (call.method !== 'getServiceState') return reply;
    return { ...(reply as ServiceStateRead), storeTime: clock.now() } satisfies ServiceStateRead;
  };
  return decorateExecutors(executors, around);
}

/** Breaks tokens: the pod's wall clock makes them, not the store. */
export function callersClockTokens(executors: Executors, clock: Pick<Clock, 'now'>): Executors {
  const around: AroundCall = async (call) => {
    const reply = await call.run(call.options);
    if (call.method !== 'trySetLinkedPod') return reply;
    const { token, ...result } = reply as TrySetResult;
    return { ...result, token: token === undefined ? undefined : Math.round(clock.now() * 1_000) };
  };
  return decorateExecutors(executors, around);
}
