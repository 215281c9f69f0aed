import type { Candidate } from '@stateful-route/core/adapter';
import { DEFAULT_LOAD_PER_USER } from '@stateful-route/core/adapter';

/** What a pod's hand-offs have made of one target. */
interface Target {
  readonly incarnation: string | undefined;
  /** What the target's report said when it was first seen. */
  readonly load: number;
  readonly freePlaces: number;
  placed: number;
}

/**
 * Counts the users that a pod's hand-offs have placed on each target. A target's reports count a user only once he has come,
 * with his next request: until then they look as if nobody had been placed.
 */
export class HandOffTally {
  readonly #targets = new Map<number, Target>();

  /** The candidate as a hand-off sees it: with all that was placed on it since it was first seen, or as it reports, if that is more. */
  seen(candidate: Candidate): Candidate {
    const { podId, pod } = candidate;
    let target = this.#targets.get(podId);
    if (!target || target.incarnation !== pod.incarnation) {
      const { incarnation, loadState: load } = pod;
      target = { incarnation, load, freePlaces: candidate.freePlaces, placed: 0 };
      this.#targets.set(podId, target);
    }
    const { load, freePlaces, placed } = target;
    return {
      ...candidate,
      loadState: Math.max(pod.loadState, load + placed * (pod.loadPerUser ?? DEFAULT_LOAD_PER_USER)),
      freePlaces: Math.min(candidate.freePlaces, freePlaces - placed),
    };
  }

  /** Counts a user, until the returned function is called. */
  place(podId: number): () => void {
    const target = this.#targets.get(podId);
    if (!target) return () => {};
    target.placed += 1;
    return () => {
      target.placed -= 1;
    };
  }
}
