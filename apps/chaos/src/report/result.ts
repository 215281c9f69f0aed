/** A row of the table, measured. */
export interface FaultSeen {
  readonly name: string;
  readonly shown: string;
  readonly bound: number;
  /** Never more than the bound in a row that is ok; without a measurement, infinite, which JSON spells `null`. */
  readonly seen: number;
  readonly unit: string;
  readonly ok: boolean;
}

/** What a run showed. */
export interface ChaosResult {
  readonly faults: readonly FaultSeen[];
  readonly trials: number;
  /** How many promises were broken, and how many rows are out of their bounds. */
  readonly violations: number;
  readonly seed: number;
}

/** Whether everything was shown. */
export function isShown({ violations }: ChaosResult): boolean {
  return violations === 0;
}
