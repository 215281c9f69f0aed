/** How long a run may take if the store's time passes by itself. */
const RUN_MS = 300_000;

/** The store's time in the model: exact or, if it passes by itself, within the length of a run. */
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

  /** The replied time, if it can be the present store time; else another one. */
  time(replied: number | undefined): number {
    return this.timeSince(replied, this.#now);
  }

  /** The replied time, if it can be that of an event that the model saw at `from`. */
  timeSince(replied: number | undefined, from: number): number {
    return pick(replied, from, from + this.#toleranceMs, from);
  }

  /** The replied rest, if it can be what is left of `ms`. */
  left(replied: number | undefined, ms: number): number {
    return pick(replied, ms - this.#toleranceMs, ms, ms);
  }

  /** The replied age, if it can be that of an event `ms` ago. */
  age(replied: number | undefined, ms: number): number {
    return pick(replied, ms, ms + this.#toleranceMs, ms);
  }

  /** The replied token, if it can be the greater of the store's time in µs and `least`. */
  token(replied: number | undefined, least: number): number {
    const [from, to] = [this.#now * 1_000, (this.#now + this.#toleranceMs) * 1_000];
    return least > to
      ? least
      : pick(replied, Math.max(least, from), Math.max(least, to), Math.max(least, from));
  }
}

function pick(replied: number | undefined, from: number, to: number, otherwise: number): number {
  return replied !== undefined && replied >= from && replied <= to ? replied : otherwise;
}
