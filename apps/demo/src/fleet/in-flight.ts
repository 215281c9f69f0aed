/** Counts pending work, and reports when some of it ends. */
export class InFlight {
  #size = 0;
  #failure: { readonly error: unknown } | undefined;
  #waiting: (() => void)[] = [];

  get size(): number {
    return this.#size;
  }

  add(work: Promise<void>): void {
    this.#size += 1;
    work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#size -= 1;
        this.wake();
      });
  }

  /** Resolves when some work ends, or at the next `wake`. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves all pending `change()` calls. */
  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
