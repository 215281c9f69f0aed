import {
  type CallOptions,
  type Clock,
  type LocatedPod,
  NOT_MINE,
  type PodStands,
  UNREACHABLE,
  type UsePod,
} from '@stateful-route/core';
import { checkCallOptions, checkFunction, checkUid, onAbort } from '@stateful-route/core/adapter';
import { podNotAvailable } from '../errors.ts';
import type { Service } from '../service/service.ts';
import type { ServiceRegistry } from '../service/service-registry.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import { PendingCall } from '../waiting/pending-call.ts';
import { connectionFailed } from './connection-failed.ts';

/** The bounds of the first wait and of any wait between two attempts, in ms. */
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 250;

/** One call of a handle. */
export interface ServedCall<T> {
  readonly namespace: string;
  readonly serviceName: string;
  readonly uid: string;
  readonly use: UsePod<T>;
  readonly options: CallOptions | undefined;
  readonly locate: (uid: string, options?: CallOptions) => Promise<LocatedPod>;
  readonly services: ServiceRegistry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly callTimeoutMs: number;
  readonly telemetry: RouteTelemetry;
  readonly notStarted: () => Error | undefined;
}

/** Runs `use` with the user's pod, and again while it returns `NOT_MINE` or `UNREACHABLE`, until the call's deadline. */
export async function callUntilServed<T>(served: ServedCall<T>): Promise<T> {
  checkUid(served.uid);
  checkFunction(served.use, 'use');
  checkCallOptions(served.options);
  const { namespace, serviceName: service, uid } = served;
  const { spans } = served.telemetry;
  if (!spans) return untilServed(served);
  return spans.around('call', { namespace, service, uid }, () => untilServed(served));
}

async function untilServed<T>(served: ServedCall<T>): Promise<T> {
  const call = new PendingCall<T>(served.clock, 'call', served.callTimeoutMs, served.options);
  const over = new AbortController();
  serve(served, call, over.signal).then(
    (result) => {
      call.resolve(result);
    },
    (error: unknown) => {
      call.reject(error);
    },
  );
  try {
    return await call.promise;
  } catch (error) {
    over.abort(error);
    throw error;
  }
}

async function serve<T>(served: ServedCall<T>, call: PendingCall<T>, signal: AbortSignal): Promise<T> {
  const { namespace, serviceName, uid, use, locate, services, random } = served;
  for (let attempt = 0; ; attempt++) {
    const pod = await locate(uid, { signal, timeoutMs: Math.max(1, call.leftMs()) });
    // The pod may be another incarnation by the time it is found unreachable.
    const called = services.find(namespace, serviceName)?.snapshot?.pods.get(pod.podId);
    const { result, cause } = await used(use, pod, signal);
    const why = whyNotServed(result);
    if (!why) return result as T;
    // Remembered for the next call, even if it is too late for this one.
    const service = services.find(namespace, serviceName);
    service?.links.forget(uid);
    if (why === 'unreachable') service?.foundUnreachable(pod.podId, called);
    else if (service) service.telemetry.notMine.value += 1;
    if (call.over) return result as T;
    const user = { namespace, serviceName, uid };
    call.deadlineError = podNotAvailable(user, pod.podId, LONGEST_WAIT_MS, why, cause);
    // The second attempt is made at once: the pod may have begun to drain a moment ago.
    if (attempt > 0) {
      const boundMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      await untilChanged(service, pod.podId, call, boundMs * (0.5 + random() / 2));
    }
    if (call.over) return result as T;
    const refusal = served.notStarted();
    if (refusal) throw refusal;
    // The same snapshot would give the same pod.
    await services.fresh(namespace, serviceName, { signal, timeoutMs: Math.max(1, call.leftMs()) });
  }
}

/** Waits, but not after the pod has changed: if it has ended, its user can be placed on another pod at once. */
async function untilChanged<T>(
  service: Service | undefined,
  podId: number,
  call: PendingCall<T>,
  ms: number,
): Promise<void> {
  const woken = new AbortController();
  const forgetPod = service?.onPodChange((each) => {
    if (each === podId) woken.abort();
  });
  const forgetSignal = call.signal && onAbort(call.signal, () => woken.abort());
  await call.pause(ms, woken.signal);
  forgetPod?.();
  forgetSignal?.();
}

/** The result of one use of a pod; `cause` is the error of a connection that could not be made. */
async function used<T>(
  use: UsePod<T>,
  pod: LocatedPod,
  signal: AbortSignal,
): Promise<{ readonly result: Awaited<ReturnType<UsePod<T>>>; readonly cause?: unknown }> {
  try {
    return { result: await use(pod, signal) };
  } catch (error) {
    if (connectionFailed(error, pod.address)) return { result: UNREACHABLE, cause: error };
    throw error;
  }
}

function whyNotServed(result: unknown): Extract<PodStands, 'not mine' | 'unreachable'> | undefined {
  if (result === NOT_MINE) return 'not mine';
  return result === UNREACHABLE ? 'unreachable' : undefined;
}
