/**
 * A map of the entries that were used last, at most as many as it is told. It keeps two generations: when the younger one
 * is half of that, it becomes the older one, and what was the older is forgotten.
 *
 * Not a library's, since a look-up is all that a known user costs: `docs/benchmarks.md` has what the libraries take.
 */
export class RecentMap<Value extends object> {
  readonly #generationMax: number;
  #younger = new Map<string, Value>();
  #older = new Map<string, Value>();

  /** @param max - how many entries are kept at most, 1 or more. */
  constructor(max: number) {
    // The older one is full less its last place when the younger one fills up.
    this.#generationMax = Math.ceil(max / 2);
  }

  /** The entry, which has then been used. */
  get(key: string): Value | undefined {
    const value = this.#younger.get(key);
    return value === undefined && this.#older.size > 0 ? this.#fromOlder(key) : value;
  }

  set(key: string, value: Value): void {
    // What the older generation has of the key is never seen again: it is asked last, and goes first.
    this.#younger.set(key, value);
    if (this.#younger.size < this.#generationMax) return;
    this.#older = this.#younger;
    this.#younger = new Map();
  }

  /** Returns whether there was one. */
  delete(key: string): boolean {
    const wasYoung = this.#younger.delete(key);
    return this.#older.delete(key) || wasYoung;
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
