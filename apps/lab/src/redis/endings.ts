/** What was started and must be ended: in reverse order, and each even if the end of another one fails. */
export class Endings {
  readonly #endings: (() => unknown)[] = [];

  add(end: () => unknown): void {
    this.#endings.push(end);
  }

  /** Ends everything that has not been ended yet. Rejects with the first error, after the last end. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (let end = this.#endings.pop(); end; end = this.#endings.pop()) {
      try {
        await end();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
