/** Something scheduled for a time of the world. */
export interface Due {
  /** When, in ms of the world. */
  readonly at: number;
  /** At the same time the lower rank comes first: a process runs its timers before it reads its sockets. */
  readonly rank: number;
  /** When it was due before a pause delayed it. */
  readonly meant: number;
  /** The order in which events were scheduled. */
  readonly order: number;
  readonly run: () => void;
  /** Whether it was cancelled. */
  isCancelled: boolean;
}

function isBefore(a: Due, b: Due): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.meant !== b.meant) return a.meant < b.meant;
  return a.order < b.order;
}

/** A binary heap, earliest event first. Events at the same time have a fixed order. */
export class EventQueue {
  readonly #heap: Due[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): Due | undefined {
    return this.#heap[0];
  }

  push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, due)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = due;
  }

  pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      if (!below) break;
      const other = heap[child + 1];
      if (other && isBefore(other, below)) {
        below = other;
        child += 1;
      }
      if (isBefore(due, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = due;
  }
}
