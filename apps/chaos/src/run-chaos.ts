import { inspect } from 'node:util';
import { checkHistory } from '@stateful-route/harness';
import { stackOf } from '@stateful-route/lab/command-line';
import type { ChaosResult, FaultSeen } from './report/result.ts';
import { tableLine } from './report/table.ts';
import type { ChaosContext, FoundViolation, Scenario } from './scenario.ts';

/** Options of a run. */
export interface RunOptions {
  readonly scenarios: readonly Scenario[];
  readonly trials: number;
  readonly seed: number;
  /** The length of scenarios with random faults, in ms. */
  readonly soakMs: number;
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
}

const VIOLATIONS_SHOWN = 5;

/**
 * Runs one scenario after the other, so that they do not disturb each other's measurements. A broken promise is a violation,
 * and so is a row out of its bound.
 *
 * Waits are longer on a busy machine. If only waits of a scenario are out of bounds, it runs once more and the second run counts.
 * A scenario with a broken promise is not repeated.
 */
export async function runChaos(options: RunOptions): Promise<ChaosResult> {
  const { scenarios, trials, seed, print, warn } = options;
  const faults: FaultSeen[] = [];
  let violations = 0;
  for (const current of scenarios) {
    let shown = await runScenario(options, current);
    if (onlyWaits(shown)) {
      for (const row of shown.rows.filter(({ ok }) => !ok)) print(tableLine(row));
      warn(`     ${current.name} runs once more: only its waits were out of bounds`);
      shown = await runScenario(options, current);
    }
    faults.push(...shown.rows);
    violations += shown.broken + shown.rows.filter(({ ok }) => !ok).length;
    for (const row of shown.rows) print(tableLine(row));
  }
  return { faults, trials, violations, seed };
}

/** The result of one run of a scenario. */
interface Shown {
  readonly rows: readonly FaultSeen[];
  /** The number of broken promises. */
  readonly broken: number;
}

async function runScenario(options: RunOptions, current: Scenario): Promise<Shown> {
  const { warn } = options;
  const start = performance.now();
  const found: FoundViolation[] = [];
  const seen = await measure(current, contextOf(options, current, found), warn);
  for (const violation of found.slice(0, VIOLATIONS_SHOWN)) warn(violationLine(violation));
  warn(`     ${current.name} took ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  return { rows: rowsOf(current, seen), broken: found.length };
}

/** Whether only waits failed, and each of them was measured. */
function onlyWaits({ rows, broken }: Shown): boolean {
  const failed = rows.filter(({ ok }) => !ok);
  return (
    broken === 0 && failed.length > 0 && failed.every(({ unit, seen }) => unit === 'ms' && seen < Infinity)
  );
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
    check: (events, { everyServeCounts, seed: own = seed } = {}) => {
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
    warn(`     ${name} could not be measured: ${stackOf(error)}`);
    if (error instanceof Error && error.cause) warn(`     cause: ${inspect(error.cause, { depth: 0 })}`);
    return {};
  }
}

function rowsOf({ name, rows }: Scenario, seen: Readonly<Record<string, number>>): FaultSeen[] {
  const entries = Object.entries(rows);
  return entries.map(([key, shown]) => {
    const value = seen[key] ?? Number.POSITIVE_INFINITY;
    return {
      name: entries.length === 1 ? name : `${name}.${key}`,
      shown: shown.shown,
      bound: shown.bound,
      seen: Math.round(value * 10) / 10,
      unit: shown.unit,
      ok: value <= shown.bound,
    };
  });
}

function violationLine({ scenario, invariant, uid, message, seed }: FoundViolation): string {
  return `     VIOLATION of ${invariant} in ${scenario}, user ${uid}: ${message} (--only ${scenario} --trials 1 --seed ${seed})`;
}
