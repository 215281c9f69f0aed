/** After this time a use counts for half, in ms. */
const HALF_LIFE_MS = 120_000;

/** The time over which a steady use of one ms per second adds up to the decayed sum, in seconds. */
const WINDOW_S = HALF_LIFE_MS / 1_000 / Math.LN2;

/** What a user weighs who is not used at all: the cost of being here. */
const BASE = 1;

/** Measures how much an entity is used: earlier uses count less and less. */
export class RecentUse {
  #sum = 0;
  #at = 0;

  /**
   * Adds a use that ends now.
   *
   * @param now - the clock's monotonic time.
   * @returns what the user weighs: one, plus the recent uses' time, in ms per second.
   */
  add(usedMs: number, now: number): number {
    this.#sum = this.#sum * 2 ** (-(now - this.#at) / HALF_LIFE_MS) + usedMs;
    this.#at = now;
    return BASE + this.#sum / WINDOW_S;
  }
}
