import { inspect } from 'node:util';
import { checkHistory } from '@stateful-route/testkit/harness';
import type { ChaosResult, FaultSeen } from './report/result.ts';
import { tableLine } from './report/table.ts';
import type { ChaosContext, FoundViolation, Scenario } from './scenario.ts';

/** What a run needs. */
export interface RunOptions {
  readonly scenarios: readonly Scenario[];
  readonly trials: number;
  readonly seed: number;
  /** How long everything goes wrong at random, in ms. */
  readonly soakMs: number;
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
}

const VIOLATIONS_TOLD = 5;

/** Runs one scenario after the other, so that none of them disturbs what another one measures. */
export async function runChaos(options: RunOptions): Promise<ChaosResult> {
  const { scenarios, trials, seed, print, warn } = options;
  const faults: FaultSeen[] = [];
  let violations = 0;
  for (const current of scenarios) {
    const start = performance.now();
    const found: FoundViolation[] = [];
    const seen = await measure(current, contextOf(options, current, found), warn);
    violations += found.length;
    for (const violation of found.slice(0, VIOLATIONS_TOLD)) warn(violationLine(violation));
    const rows = rowsOf(current, seen, found.length);
    faults.push(...rows);
    for (const row of rows) print(tableLine(row));
    warn(`     ${current.name} took ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  }
  return { faults, trials, violations, seed };
}

function contextOf(
  { trials, seed, soakMs, warn }: RunOptions,
  { name }: Scenario,
  found: FoundViolation[],
): ChaosContext {
  return {
    seed,
    trials,
    soakMs,
    judge: (events, { everyServeCounts, seed: own = seed } = {}) => {
      const violations = checkHistory(events, { everyServeCounts });
      found.push(...violations.map((violation) => ({ ...violation, scenario: name, seed: own })));
      return violations.length;
    },
    say: (line) => warn(`     ${line}`),
  };
}

async function measure(
  { name, run }: Scenario,
  context: ChaosContext,
  warn: (line: string) => void,
): Promise<Readonly<Record<string, number>>> {
  try {
    return await run(context);
  } catch (error) {
    warn(
      `     ${name} could not be measured: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    if (error instanceof Error && error.cause) warn(`     cause: ${inspect(error.cause, { depth: 0 })}`);
    return {};
  }
}

/** A scenario in which a promise was broken has not shown anything. */
function rowsOf(
  { name, rows }: Scenario,
  seen: Readonly<Record<string, number>>,
  violations: number,
): FaultSeen[] {
  const entries = Object.entries(rows);
  return entries.map(([key, shown]) => {
    const value = seen[key] ?? Number.POSITIVE_INFINITY;
    return {
      name: entries.length === 1 ? name : `${name}.${key}`,
      shown: shown.shown,
      bound: shown.bound,
      seen: Math.round(value * 10) / 10,
      unit: shown.unit,
      ok: value <= shown.bound && violations === 0,
    };
  });
}

function violationLine({ scenario, invariant, uid, message, seed }: FoundViolation): string {
  return `     VIOLATION of ${invariant} in ${scenario}, user ${uid}: ${message} (--only ${scenario} --trials 1 --seed ${seed})`;
}
