/** The time in which a pod served a user, by a clock that all pods share. */
export interface Interval {
  readonly uid: string;
  readonly podId: number;
  readonly token: number;
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
  /** The pod to which this one handed the user off. */
  movesTo?: number | undefined;
}

/** A user that moved from one pod to another. */
export interface Move {
  readonly uid: string;
  readonly from: number;
  readonly to: number;
}

/** Notified of placements and moves. */
export interface JournalListener {
  readonly placed?: (interval: Interval) => void;
  readonly moved?: (move: Move) => void;
}

/**
 * The entries of all pods: which pod served which user, from when until when. It records what happened and does not read the
 * directory.
 */
export class ServingJournal {
  readonly #byUser = new Map<string, Interval[]>();
  readonly #listener: JournalListener;

  constructor(listener: JournalListener = {}) {
    this.#listener = listener;
  }

  opened(podId: number, uid: string, token: number, from: number): void {
    const interval: Interval = { uid, podId, token, from, until: Number.POSITIVE_INFINITY };
    const known = this.#byUser.get(uid);
    const last = known?.at(-1);
    if (known) known.push(interval);
    else this.#byUser.set(uid, [interval]);
    const before = last && (last.movesTo ?? last.podId);
    if (before === undefined) this.#listener.placed?.(interval);
    else if (before !== podId) this.#listener.moved?.({ uid, from: before, to: podId });
  }

  /** @param movesTo - the pod to which the user is handed off. */
  closed(podId: number, uid: string, until: number, movesTo?: number): void {
    const intervals = this.#byUser.get(uid) ?? [];
    for (const interval of intervals) {
      if (!end(interval, podId, until) || movesTo === undefined) continue;
      interval.movesTo = movesTo;
      // Otherwise the next pod's entry came first, and the move was reported then.
      if (interval === intervals.at(-1)) this.#listener.moved?.({ uid, from: podId, to: movesTo });
    }
  }

  /** A pod's process has ended: it serves nobody any more. */
  died(podId: number, until: number): void {
    for (const intervals of this.#byUser.values()) {
      for (const interval of intervals) end(interval, podId, until);
    }
  }

  /** How many users a pod serves now. */
  heldBy(podId: number): number {
    return this.#count((intervals) => intervals.some((of) => of.podId === podId && of.until === Infinity));
  }

  /** Everybody whom a pod ever served. */
  users(): string[] {
    return [...this.#byUser.keys()];
  }

  /** How many users two pods served at the same time. */
  doubleOwners(): number {
    return this.#count((intervals) =>
      intervals.some((one) =>
        intervals.some(
          (other) => one.podId < other.podId && one.from < other.until && other.from < one.until,
        ),
      ),
    );
  }

  /** How many users were taken over or handed off. */
  relinked(): number {
    return this.#count((intervals) => {
      const pods = intervals.flatMap(({ podId, movesTo = podId }) => [podId, movesTo]);
      return new Set(pods).size > 1;
    });
  }

  #count(matches: (intervals: readonly Interval[]) => boolean): number {
    return [...this.#byUser.values()].filter(matches).length;
  }
}

/** Ends an interval that is still open. Returns whether it was. */
function end(interval: Interval, podId: number, until: number): boolean {
  if (interval.podId !== podId || interval.until !== Number.POSITIVE_INFINITY) return false;
  interval.until = until;
  return true;
}
