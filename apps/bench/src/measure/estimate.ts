/** What several rounds measured. */
export interface Estimate {
  /** The median. */
  readonly value: number;
  /** The least and the greatest. */
  readonly spread: readonly [least: number, greatest: number];
}

/** The median; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('No values: there is no median.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least value that this share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('No values: there is no quantile.');
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]!;
}

/** The median, the least and the greatest of the rounds. */
export function estimate(values: readonly number[]): Estimate {
  return { value: median(values), spread: [Math.min(...values), Math.max(...values)] };
}

/** The ratio of two sides, round by round: a slow moment of the machine slows both sides of a round. */
export function ratio(over: readonly number[], under: readonly number[]): Estimate {
  return estimate(over.map((value, round) => value / under[round]!));
}
