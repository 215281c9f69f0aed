import type { LocatedPod } from '@stateful-route/core';
import type { Answer } from '../room/answer.ts';

/** How a gateway reaches a pod. */
export interface PodCalls {
  /** Requests a user from a pod. Rejects with {@link PodUnreachable} without an answer. A retry is safe. */
  ask(pod: LocatedPod, uid: string): Promise<Answer>;
}

/**
 * A pod did not answer. The reason is only in the message: with a refused connection as its cause, the router would retry
 * until the call's deadline.
 */
export class PodUnreachable extends Error {
  override readonly name = 'PodUnreachable';

  constructor(podId: number, cause?: unknown) {
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    super(`Pod ${podId} does not answer${reason}`);
  }
}
