import 'reflect-metadata';
import { replay, type RunResult } from './replay.ts';
import { drawScript } from './script/draw-script.ts';
import { printScript } from './script/print-script.ts';
import type { Script } from './script/script.ts';
import { shrink } from './shrink.ts';

/** Runs a script. */
type Replay = (script: Script) => Promise<RunResult>;

/** A seed whose world broke a promise. */
export interface Finding {
  readonly seed: number;
  readonly check: string;
  readonly seen: string;
  readonly script: Script;
}

/** The result of many worlds. */
export interface SeedsResult {
  readonly seeds: number;
  readonly simulatedMinutes: number;
  readonly operations: number;
  readonly violations: number;
  readonly seconds: number;
}

/** The longest time to shrink a failing script, in ms. */
const SHRINK_MS = 20_000;
const SHRINK_MUTANT_MS = 5_000;

const MS_PER_MINUTE = 60_000;

/** How much of a world's time is kept for the recovery at its end. */
const REST_MS = 45_000;

/** Runs a world. If it breaks a promise, the finding has a shrunk script that still does. */
async function findIn(
  seed: number,
  minutes: number,
  run: Replay,
  shrinkMs: number,
): Promise<{ readonly result: RunResult; readonly finding?: Finding }> {
  const script = drawScript(seed, minutes * MS_PER_MINUTE - REST_MS);
  const result = await run(script);
  const { violation } = result;
  if (!violation) return { result };
  const { check, at } = violation;
  const end = performance.now() + shrinkMs;
  const stillFails = async (fewer: Script): Promise<boolean> => (await run(fewer)).violation?.check === check;
  const shrunk = await shrink(script, at, stillFails, () => performance.now() > end);
  const seen = (await run(shrunk)).violation?.seen ?? violation.seen;
  return { result, finding: { seed, check, seen, script: shrunk } };
}

/** The first of several worlds that breaks a promise. */
export async function findFirst(first: number, seeds: number, minutes: number): Promise<Finding | undefined> {
  for (let seed = first; seed < first + seeds; seed++) {
    const { finding } = await findIn(seed, minutes, replay, SHRINK_MUTANT_MS);
    if (finding) return finding;
  }
  return undefined;
}

/** Runs worlds one after the other, and prints each that breaks a promise. Errors have no stacks, as there are thousands. */
export async function runSeeds(
  {
    seed: first,
    seeds,
    minutes,
  }: { readonly seed: number; readonly seeds: number; readonly minutes: number },
  print: (line: string) => void,
): Promise<SeedsResult> {
  const start = performance.now();
  Error.stackTraceLimit = 0;
  let [operations, violations, simulatedMs] = [0, 0, 0];
  for (let seed = first; seed < first + seeds; seed++) {
    const { result, finding } = await findIn(seed, minutes, replay, SHRINK_MS);
    operations += result.operations;
    simulatedMs += result.simulatedMs;
    if (!finding) continue;
    violations += 1;
    print(`seed ${seed}: ${finding.check}: ${finding.seen}\n${printScript(finding.script)}`);
  }
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  return {
    seeds,
    simulatedMinutes: Math.round(simulatedMs / MS_PER_MINUTE),
    operations,
    violations,
    seconds,
  };
}
