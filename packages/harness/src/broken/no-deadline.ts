import { type Executors, routeError } from '@stateful-route/core';
import { type AroundCall, decorateExecutors } from '@stateful-route/core/adapter';

const FOR_EVER_MS = 60_000;

/** Breaks deadlines: the call times out for its caller, and the write still acts later. */
export function noDeadline(executors: Executors, defaultTimeoutMs: number): Executors {
  const around: AroundCall = (call) => {
    const timeoutMs = call.options?.timeoutMs ?? defaultTimeoutMs;
    const { method: operation } = call;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          routeError('TIMEOUT', `${operation} got no reply within ${timeoutMs} ms.`, {
            operation,
            timeoutMs,
            effect: 'unknown',
          }),
        );
      }, timeoutMs);
      call
        .run({ ...call.options, timeoutMs: FOR_EVER_MS })
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
        });
    });
  };
  return decorateExecutors(executors, around);
}
