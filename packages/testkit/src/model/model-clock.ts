/** How long a run may take where the store's time passes by itself. */
const RUN_MS = 300_000;

/** The store's time as the model knows it: exactly, or, where it passes by itself, within the length of a run. */
export class ModelClock {
  #now: number;
  readonly #toleranceMs: number;

  constructor(now: number, exact: boolean) {
    this.#now = now;
    this.#toleranceMs = exact ? 0 : RUN_MS;
  }

  get now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  /** The time that was told, if it may be the store's time of now; else one that was not told. */
  time(told: number | undefined): number {
    return this.timeSince(told, this.#now);
  }

  /** The time that was told, if it may be that of something that the model saw at `from`. */
  timeSince(told: number | undefined, from: number): number {
    return pick(told, from, from + this.#toleranceMs, from);
  }

  /** The time left that was told, if it may be what is left of `ms`. */
  left(told: number | undefined, ms: number): number {
    return pick(told, ms - this.#toleranceMs, ms, ms);
  }

  /** The age that was told, if it may be that of what happened `ms` ago. */
  age(told: number | undefined, ms: number): number {
    return pick(told, ms, ms + this.#toleranceMs, ms);
  }

  /** The token that was told, if it may be the greater of the store's time in µs and `least`. */
  token(told: number | undefined, least: number): number {
    const [from, to] = [this.#now * 1_000, (this.#now + this.#toleranceMs) * 1_000];
    return least > to ? least : pick(told, Math.max(least, from), Math.max(least, to), Math.max(least, from));
  }
}

function pick(told: number | undefined, from: number, to: number, otherwise: number): number {
  return told !== undefined && told >= from && told <= to ? told : otherwise;
}
