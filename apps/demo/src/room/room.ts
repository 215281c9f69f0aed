/** A user's state in a pod's memory. */
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

  /** Whether the user leaves or has left: new requests are refused. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Serves one request. The user does not leave before its end. */
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

  /** Refuses new requests, waits for pending ones, and runs `end` once. May be retried if `end` fails. */
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
