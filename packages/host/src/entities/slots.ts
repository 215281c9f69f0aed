/** Bounds how many things run at a time. Those who wait get a slot in the order in which they asked. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** How many wait for a slot. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Calls `granted` once a slot is free, which may be at once. Whoever got a slot gives it back. Returns the function that gives
   * up waiting.
   */
  take(granted: () => void): () => void {
    if (this.#free > 0) {
      this.#free -= 1;
      granted();
      return () => {};
    }
    // A closure of its own, so that the same callback may wait twice.
    const waiting = (): void => granted();
    this.#waiting.add(waiting);
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  /** Gives a slot back. */
  give(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next();
      return;
    }
    this.#free += 1;
  }
}
