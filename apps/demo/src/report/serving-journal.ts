/** One pod's time with one user, by a clock that all pods share. */
export interface Interval {
  readonly uid: string;
  readonly podId: number;
  readonly token: number;
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
}

/** A user that one pod served and now another one serves. */
export interface Move {
  readonly uid: string;
  readonly from: number;
  readonly to: number;
}

/**
 * What the pods wrote down, brought together: who served whom, from when until when. It is what was seen to happen, and
 * knows nothing of the directory.
 */
export class ServingJournal {
  readonly #byUser = new Map<string, Interval[]>();
  readonly #onOpened: (interval: Interval, move: Move | undefined) => void;

  constructor(onOpened: (interval: Interval, move: Move | undefined) => void = () => {}) {
    this.#onOpened = onOpened;
  }

  opened(podId: number, uid: string, token: number, from: number): void {
    const interval: Interval = { uid, podId, token, from, until: Number.POSITIVE_INFINITY };
    const known = this.#byUser.get(uid);
    const last = known?.at(-1);
    if (known) known.push(interval);
    else this.#byUser.set(uid, [interval]);
    const move = last && last.podId !== podId ? { uid, from: last.podId, to: podId } : undefined;
    this.#onOpened(interval, move);
  }

  closed(podId: number, uid: string, until: number): void {
    for (const interval of this.#byUser.get(uid) ?? []) end(interval, podId, until);
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

  /** How many users were moved from one pod to another. */
  relinked(): number {
    return this.#count((intervals) => new Set(intervals.map(({ podId }) => podId)).size > 1);
  }

  #count(matches: (intervals: readonly Interval[]) => boolean): number {
    return [...this.#byUser.values()].filter(matches).length;
  }
}

function end(interval: Interval, podId: number, until: number): void {
  if (interval.podId === podId && interval.until === Number.POSITIVE_INFINITY) interval.until = until;
}
