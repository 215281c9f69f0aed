import {
  type CallOptions,
  checkCallOptions,
  checkFunction,
  checkUid,
  type Clock,
  type LocatedPod,
  NOT_MINE,
  type StatefulRouteForClientDriver,
} from '@stateful-route/core';
import type { ServiceStateCache } from '../state/service-state-cache.ts';
import { PendingCall } from '../waiting/pending-call.ts';
import { podNotAvailable } from './link-resolver.ts';

/** The bound of the first wait and of any wait between two tries, in ms. */
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 250;

/** What a call is made of. */
export interface ServedCall<T> {
  readonly namespace: string;
  readonly serviceName: string;
  readonly uid: string;
  readonly use: (pod: LocatedPod, signal: AbortSignal) => Promise<T | typeof NOT_MINE> | T | typeof NOT_MINE;
  readonly options: CallOptions | undefined;
  readonly locate: (uid: string, options?: CallOptions) => Promise<LocatedPod>;
  readonly client: StatefulRouteForClientDriver;
  readonly states: ServiceStateCache;
  readonly clock: Clock;
  readonly random: () => number;
  readonly callTimeoutMs: number;
}

/** Runs `use` with the user's pod, and again with the next one while pods say that the user is not theirs. */
export async function callUntilServed<T>(served: ServedCall<T>): Promise<T> {
  checkUid(served.uid);
  checkFunction(served.use, 'use');
  checkCallOptions(served.options);
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
  const { namespace, serviceName, uid, use, locate, client, states, random } = served;
  for (let attempt = 0; ; attempt++) {
    const pod = await locate(uid, { signal, timeoutMs: Math.max(1, call.leftMs()) });
    const result = await use(pod, signal);
    if (result !== NOT_MINE || call.over) return result as T;
    client.cacheExpired(namespace, uid, serviceName);
    const user = { namespace, serviceName, uid };
    call.deadlineError = podNotAvailable(user, pod.podId, LONGEST_WAIT_MS, 'not mine');
    // The second try is made at once: the pod may have begun to drain a moment ago.
    if (attempt > 0) {
      const boundMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
      await call.pause(boundMs * (0.5 + random() / 2));
    }
    if (call.over) return result as T;
    // Asking again by the same snapshot would lead there again.
    await states.fresh(namespace, serviceName, { signal, timeoutMs: Math.max(1, call.leftMs()) });
  }
}
