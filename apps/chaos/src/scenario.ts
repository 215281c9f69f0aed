import type { HistoryEvent, Violation } from '@stateful-route/harness';

/** A row of the table: what is measured, and its bound. */
export interface Shown {
  readonly shown: string;
  readonly bound: number;
  readonly unit: string;
}

/** What a scenario gets. */
export interface ChaosContext {
  readonly seed: number;
  /** How often a random fault is tried. */
  readonly trials: number;
  /** The length of scenarios with random faults, in ms. */
  readonly soakMs: number;
  /** Checks a history. Broken promises count as violations. Returns their number. */
  readonly check: (events: readonly HistoryEvent[], options?: JudgeOptions) => number;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

/** Options of a check. */
interface JudgeOptions {
  readonly everyServeCounts?: boolean | undefined;
  /** The seed that repeats the history. */
  readonly seed?: number | undefined;
}

/** A fault, and what must hold during it. */
export interface Scenario {
  readonly name: string;
  /** By key. A single row has the scenario's name. */
  readonly rows: Readonly<Record<string, Shown>>;
  /** Resolves with the measurements, by the rows' keys. */
  readonly run: (context: ChaosContext) => Promise<Readonly<Record<string, number>>>;
}

/** Defines a scenario, whose measurements have the keys of its rows. */
export function scenario<const Key extends string>(definition: {
  readonly name: string;
  readonly rows: Readonly<Record<Key, Shown>>;
  readonly run: (context: ChaosContext) => Promise<Readonly<Record<Key, number>>>;
}): Scenario {
  return definition;
}

/** A violation, with the seed of its trial. */
export interface FoundViolation extends Violation {
  readonly scenario: string;
  readonly seed: number;
}
