import {
  type Clock,
  isRouteError,
  type LocatedPod,
  NOT_MINE,
  type ServiceHandle,
  UNREACHABLE,
} from '@stateful-route/core';
import type { Served } from '../room/answer.ts';
import { PodUnreachable, type PodCalls } from './pod-calls.ts';
import { PendingLookups } from './pending-lookups.ts';
import type { RoundTrips, RoutingKind } from './round-trips.ts';

/** The result of a request. */
export type Outcome =
  | { readonly served: Served; readonly calledPodId: number }
  /** No pod served it in time. */
  | { readonly served: undefined; readonly error: unknown };

/** What a gateway needs. */
export interface GatewayParts {
  readonly service: ServiceHandle;
  readonly pods: PodCalls;
  readonly trips: RoundTrips;
  readonly clock: Clock;
  /** The delay before a request to an unreachable pod is retried, in ms. */
  readonly retryAfterMs: number;
  /** A request's timeout, in ms: longer than a take-over takes. */
  readonly patienceMs: number;
}

/** Finds the pod of each request's user and sends the request to it. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #lookups = new PendingLookups();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** Serves a request. Retries when the router says that a retry may help. */
  async request(uid: string): Promise<Outcome> {
    const { clock, patienceMs } = this.#parts;
    const deadline = clock.monotonic() + patienceMs;
    for (;;) {
      try {
        return await this.#attempt(uid);
      } catch (error) {
        const waitMs = this.#waitMs(error, uid);
        if (waitMs === undefined || clock.monotonic() + waitMs > deadline)
          return { served: undefined, error };
        await sleep(clock, waitMs);
      }
    }
  }

  #attempt(uid: string): Promise<Outcome> {
    const { service, pods, trips } = this.#parts;
    return trips.during(this.#kindOf(uid), async (request) => {
      let answered = this.#lookups.begin(uid);
      const use = async (pod: LocatedPod): Promise<Outcome | typeof NOT_MINE | typeof UNREACHABLE> => {
        answered();
        request.routed();
        const answer = await pods
          .ask(pod, uid)
          .catch((error: unknown): typeof UNREACHABLE => elsewhere(error, pod));
        if (answer !== UNREACHABLE && answer.kind === 'served')
          return { served: answer.served, calledPodId: pod.podId };
        answered = this.#lookups.begin(uid);
        request.reroute();
        return answer === UNREACHABLE ? UNREACHABLE : NOT_MINE;
      };
      try {
        return await service.call(uid, use);
      } finally {
        answered();
      }
    });
  }

  #kindOf(uid: string): RoutingKind {
    if (this.#parts.service.peek(uid)) return 'repeat';
    return this.#lookups.has(uid) ? 'shared' : 'first';
  }

  /** The delay before a retry, in ms. `undefined` if a retry would not help. */
  #waitMs(error: unknown, uid: string): number | undefined {
    const { service, retryAfterMs } = this.#parts;
    if (error instanceof PodUnreachable) {
      // The directory may have another pod by now.
      service.forget(uid);
      return retryAfterMs;
    }
    if (isRouteError(error, 'POD_NOT_AVAILABLE')) return error.retryAfterMs;
    return isRouteError(error) && error.retryable ? retryAfterMs : undefined;
  }
}

/** A user with a temporary link is placed on another pod at once. Users that the pod holds wait for the end of its lease. */
function elsewhere(error: unknown, { temporary }: LocatedPod): typeof UNREACHABLE {
  if (error instanceof PodUnreachable && temporary) return UNREACHABLE;
  throw error;
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}
