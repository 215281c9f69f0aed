/** A measured row of the table. */
export interface FaultSeen {
  readonly name: string;
  readonly shown: string;
  readonly bound: number;
  /** At most `bound` if the row is ok. Infinite without a measurement, which is `null` in JSON. */
  readonly seen: number;
  readonly unit: string;
  readonly ok: boolean;
}

/** The result of a run. */
export interface ChaosResult {
  readonly faults: readonly FaultSeen[];
  readonly trials: number;
  /** The number of broken promises and of rows out of bounds. */
  readonly violations: number;
  readonly seed: number;
}

/** Whether there was no violation. */
export function isShown({ violations }: ChaosResult): boolean {
  return violations === 0;
}
