import type { LocatedPod } from '@stateful-route/core';
import type { Answer } from '../room/answer.ts';

/** How a gateway reaches a pod. */
export interface PodCalls {
  /** Asks a pod to serve a user. Rejects with {@link PodUnreachable} when no answer came; asking again does no harm. */
  ask(pod: LocatedPod, uid: string): Promise<Answer>;
}

/**
 * A pod did not answer: it is gone, or going. The reason is in the message alone: given a refused connection as a cause, the
 * router would try again by itself, as often as it has time.
 */
export class PodUnreachable extends Error {
  override readonly name = 'PodUnreachable';

  constructor(podId: number, cause?: unknown) {
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    super(`Pod ${podId} does not answer${reason}`);
  }
}
