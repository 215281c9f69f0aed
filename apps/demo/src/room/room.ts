/** One user's state in a pod's memory. */
export class Room {
  readonly uid: string;
  visits = 0;
  #busy = 0;
  #idle: (() => void) | undefined;
  #closed = false;
  #leaving: Promise<void> | undefined;

  constructor(uid: string) {
    this.uid = uid;
  }

  /** Whether the user's time here is over, or ending: nobody enters any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Serves one request; the user does not leave in the middle of it. */
  async serve<T>(use: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    this.visits += 1;
    try {
      return await use();
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#idle?.();
    }
  }

  /** Lets nobody in, waits for those inside, and then runs `end`, once; when that fails it may be tried again. */
  leave(end: () => Promise<void>): Promise<void> {
    this.#closed = true;
    this.#leaving ??= this.#whenIdle()
      .then(end)
      .catch((error: unknown) => {
        this.#leaving = undefined;
        throw error;
      });
    return this.#leaving;
  }

  #whenIdle(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }
}
