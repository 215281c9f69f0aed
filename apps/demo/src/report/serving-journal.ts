/** One pod's time with one user, by a clock that all pods share. */
export interface Interval {
  readonly uid: string;
  readonly podId: number;
  readonly token: number;
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
  /** The pod that this one handed the user over to. */
  movesTo?: number | undefined;
}

/** A user that one pod served, and that is another one's now. */
export interface Move {
  readonly uid: string;
  readonly from: number;
  readonly to: number;
}

/** Hears what the journal is told. */
export interface JournalListener {
  readonly placed?: (interval: Interval) => void;
  readonly moved?: (move: Move) => void;
}

/**
 * What the pods wrote down, brought together: who served whom, from when until when. It is what was seen to happen, and
 * knows nothing of the directory.
 */
export class ServingJournal {
  readonly #byUser = new Map<string, Interval[]>();
  readonly #hear: JournalListener;

  constructor(hear: JournalListener = {}) {
    this.#hear = hear;
  }

  opened(podId: number, uid: string, token: number, from: number): void {
    const interval: Interval = { uid, podId, token, from, until: Number.POSITIVE_INFINITY };
    const known = this.#byUser.get(uid);
    const last = known?.at(-1);
    if (known) known.push(interval);
    else this.#byUser.set(uid, [interval]);
    const before = last && (last.movesTo ?? last.podId);
    if (before === undefined) this.#hear.placed?.(interval);
    else if (before !== podId) this.#hear.moved?.({ uid, from: before, to: podId });
  }

  /** @param movesTo - the pod that the user is handed over to. */
  closed(podId: number, uid: string, until: number, movesTo?: number): void {
    const intervals = this.#byUser.get(uid) ?? [];
    for (const interval of intervals) {
      if (!end(interval, podId, until) || movesTo === undefined) continue;
      interval.movesTo = movesTo;
      // Else the next pod was heard first, and the move is told already.
      if (interval === intervals.at(-1)) this.#hear.moved?.({ uid, from: podId, to: movesTo });
    }
  }

  /** A pod's process is gone: it serves nobody any more. */
  died(podId: number, until: number): void {
    for (const intervals of this.#byUser.values()) {
      for (const interval of intervals) end(interval, podId, until);
    }
  }

  /** How many users a pod serves now. */
  heldBy(podId: number): number {
    return this.#count((intervals) => intervals.some((of) => of.podId === podId && of.until === Infinity));
  }

  /** How many users two pods served at one time. */
  doubleOwners(): number {
    return this.#count((intervals) =>
      intervals.some((one) =>
        intervals.some(
          (other) => one.podId < other.podId && one.from < other.until && other.from < one.until,
        ),
      ),
    );
  }

  /** How many users another pod took over, or was given by theirs. */
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

/** Whether it lasted until now, and ended. */
function end(interval: Interval, podId: number, until: number): boolean {
  if (interval.podId !== podId || interval.until !== Number.POSITIVE_INFINITY) return false;
  interval.until = until;
  return true;
}
