import type { HistoryEvent, Violation } from '@stateful-route/harness';

/** One thing to show, with the most that it may measure. */
export interface Shown {
  readonly shown: string;
  readonly bound: number;
  readonly unit: string;
}

/** What a scenario runs in. */
export interface ChaosContext {
  readonly seed: number;
  /** How often a fault is repeated that chance has a part in. */
  readonly trials: number;
  /** How long everything goes wrong at random, in ms. */
  readonly soakMs: number;
  /** Judges what happened; what breaks a promise counts against the run. Returns how much that was. */
  readonly judge: (events: readonly HistoryEvent[], options?: JudgeOptions) => number;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

/** How a history is judged. */
interface JudgeOptions {
  readonly everyServeCounts?: boolean | undefined;
  /** What repeats it. */
  readonly seed?: number | undefined;
}

/** A fault, and what must be shown while it lasts. */
export interface Scenario {
  readonly name: string;
  /** By key; the row of a single one has the scenario's own name. */
  readonly rows: Readonly<Record<string, Shown>>;
  /** Resolves with what was seen, by the rows' keys. */
  readonly run: (context: ChaosContext) => Promise<Readonly<Record<string, number>>>;
}

/** A scenario whose rows are what it measures. */
export function scenario<const Key extends string>(definition: {
  readonly name: string;
  readonly rows: Readonly<Record<Key, Shown>>;
  readonly run: (context: ChaosContext) => Promise<Readonly<Record<Key, number>>>;
}): Scenario {
  return definition;
}

/** A violation, and the seed of the trial it was found in. */
export interface FoundViolation extends Violation {
  readonly scenario: string;
  readonly seed: number;
}
