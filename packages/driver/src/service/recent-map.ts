/**
 * A map that keeps at least the `max` entries used last, and fewer than twice as many. It has two generations: when the younger
 * one holds `max` entries, it becomes the older one, and the older one is dropped. Using an entry moves it to the younger.
 *
 * Not a library, since one lookup is all that a known user costs: `docs/benchmarks.md` compares it with some.
 */
export class RecentMap<Value extends object> {
  readonly #max: number;
  #younger = new Map<string, Value>();
  #older = new Map<string, Value>();

  /** @param max - how many entries are kept at least, 1 or more. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Finds an entry, which counts as a use of it. */
  get(key: string): Value | undefined {
    const value = this.#younger.get(key);
    return value === undefined && this.#older.size > 0 ? this.#fromOlder(key) : value;
  }

  set(key: string, value: Value): void {
    // An entry of the same key in the older generation is hidden by this one, and dropped before it.
    this.#younger.set(key, value);
    if (this.#younger.size < this.#max) return;
    this.#older = this.#younger;
    this.#younger = new Map();
  }

  /** Returns whether there was an entry. */
  delete(key: string): boolean {
    const wasYoung = this.#younger.delete(key);
    return this.#older.delete(key) || wasYoung;
  }

  /** How many entries are in memory: one that was set again may count twice. */
  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  clear(): void {
    this.#younger.clear();
    this.#older.clear();
  }

  #fromOlder(key: string): Value | undefined {
    const value = this.#older.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }
}
