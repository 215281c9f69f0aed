/** What has been begun and must be ended: in reverse order, and each even if another one's end fails. */
export class Endings {
  readonly #endings: (() => Promise<unknown>)[] = [];

  add(end: () => Promise<unknown>): void {
    this.#endings.push(end);
  }

  /** Ends everything that has not been ended yet; rejects with the first failure, after the last end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      await end().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
