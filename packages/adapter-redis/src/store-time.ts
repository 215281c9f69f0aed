/**
 * What a server's clock says now: the time in its last reply, and this process's monotonic time since that arrived. It is
 * never ahead of the server's own, so a deadline told by it is never later than meant.
 */
export class StoreTime {
  /** By server; the difference between its clock and this process's. */
  readonly #offsets = new Map<string, number>();

  /** `undefined` for a server that has told no time yet. */
  now(server: string): number | undefined {
    const offset = this.#offsets.get(server);
    return offset === undefined ? undefined : performance.now() + offset;
  }

  /** A reply has said the server's time. */
  learn(server: string, storeTime: number): void {
    this.#offsets.set(server, storeTime - performance.now());
  }

  /** A connection was lost: behind the same address may be another server now. */
  forget(): void {
    this.#offsets.clear();
  }
}
