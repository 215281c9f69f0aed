import type { Clock, StatefulServiceState } from '@stateful-route/core';
import {
  isUnreachable,
  reachablePods,
  type UnreachableMark,
  unreachableMark,
} from '@stateful-route/core/adapter';

/** The pods of one service that this caller could not reach lately. */
export class UnreachablePods {
  readonly #clock: Clock;
  readonly #pod: (podId: number) => StatefulServiceState | undefined;
  readonly #marks = new Map<number, UnreachableMark>();
  /** Cheaper to look at than the map. */
  #hasMarks = false;

  /** @param pod - what is known of a pod now. */
  constructor(clock: Clock, pod: (podId: number) => StatefulServiceState | undefined) {
    this.#clock = clock;
    this.#pod = pod;
  }

  /**
   * Notes that a pod could not be reached. One that is not known is nobody's to pick, and is not noted.
   *
   * @param called - the pod as it was when it was called. Of another life than the one known now nothing is noted.
   */
  add(podId: number, called?: StatefulServiceState): void {
    for (const known of this.#marks.keys()) if (!this.has(known)) this.#marks.delete(known);
    const pod = this.#pod(podId);
    if (!pod || (called && called.incarnation !== pod.incarnation)) return;
    this.#marks.set(podId, unreachableMark(pod, this.#clock.monotonic()));
    this.#hasMarks = true;
  }

  /** It is on the path of every request for a user whom no pod has accepted yet. */
  has(podId: number): boolean {
    return this.#hasMarks && this.#foundAt(podId) !== undefined;
  }

  /** The groups of some pods that a new user may be given to, the first before the others. */
  among<Pod extends { readonly podId: number }>(pods: readonly Pod[]): readonly (readonly Pod[])[] {
    return !this.#hasMarks ? [pods] : reachablePods(pods, (podId) => this.#foundAt(podId));
  }

  #foundAt(podId: number): number | undefined {
    const mark = this.#marks.get(podId);
    if (!mark) return undefined;
    return isUnreachable(mark, this.#pod(podId), this.#clock.monotonic()) ? mark.foundAt : undefined;
  }
}
