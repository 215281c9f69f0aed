import type { Clock, Executors, ServiceStateRead, TrySetResult } from '@stateful-route/core';
import { type AroundCall, decorateExecutors } from '@stateful-route/core/adapter';

/** Breaks the judgement of leases: the caller's wall clock says what time it is, and not the store's. */
export function callersClock(executors: Executors, clock: Pick<Clock, 'now'>): Executors {
  const around: AroundCall = async (call) => {
    const reply = await call.run(call.options);
    if (call.method !== 'getServiceState') return reply;
    return { ...(reply as ServiceStateRead), storeTime: clock.now() } satisfies ServiceStateRead;
  };
  return decorateExecutors(executors, around);
}

/** Breaks tokens: they are made of the pod's wall clock, and not by the store. */
export function callersClockTokens(executors: Executors, clock: Pick<Clock, 'now'>): Executors {
  const around: AroundCall = async (call) => {
    const reply = await call.run(call.options);
    if (call.method !== 'trySetLinkedPod') return reply;
    const { token, ...result } = reply as TrySetResult;
    return { ...result, token: token === undefined ? undefined : Math.round(clock.now() * 1_000) };
  };
  return decorateExecutors(executors, around);
}
