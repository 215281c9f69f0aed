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
import { Questions } from './questions.ts';
import type { RoundTrips, RoutingKind } from './round-trips.ts';

/** What became of a request. */
export type Outcome =
  | { readonly served: Served; readonly calledPodId: number }
  /** Nobody served it in time. */
  | { readonly served: undefined; readonly error: unknown };

/** What a gateway stands on. */
export interface GatewayParts {
  readonly service: ServiceHandle;
  readonly pods: PodCalls;
  readonly trips: RoundTrips;
  readonly clock: Clock;
  /** When a pod is asked again that did not answer, in ms. */
  readonly retryAfterMs: number;
  /** How long a request may wait to be served, in ms: longer than it takes to notice a death. */
  readonly patienceMs: number;
}

/** Takes users' requests, finds each user's pod and hands the request to it. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #questions = new Questions();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** Serves a request, waiting where the router says to come back later. */
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
      let answered = this.#questions.begin(uid);
      const use = async (pod: LocatedPod): Promise<Outcome | typeof NOT_MINE | typeof UNREACHABLE> => {
        answered();
        request.routed();
        const answer = await pods
          .ask(pod, uid)
          .catch((error: unknown): typeof UNREACHABLE => elsewhere(error, pod));
        if (answer !== UNREACHABLE && answer.kind === 'served')
          return { served: answer.served, calledPodId: pod.podId };
        answered = this.#questions.begin(uid);
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
    return this.#questions.has(uid) ? 'shared' : 'first';
  }

  /** When to try again, in ms; `undefined`: trying again would not help. */
  #waitMs(error: unknown, uid: string): number | undefined {
    const { service, retryAfterMs } = this.#parts;
    if (error instanceof PodUnreachable) {
      // The directory may know better by now than this gateway.
      service.forget(uid);
      return retryAfterMs;
    }
    if (isRouteError(error, 'POD_NOT_AVAILABLE')) return error.retryAfterMs;
    return isRouteError(error) && error.retryable ? retryAfterMs : undefined;
  }
}

/** A user whom the silent pod has not accepted is placed elsewhere at once. Its own users wait until its lease is over. */
function elsewhere(error: unknown, { temporary }: LocatedPod): typeof UNREACHABLE {
  if (error instanceof PodUnreachable && temporary) return UNREACHABLE;
  throw error;
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });
}
