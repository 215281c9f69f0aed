import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SOURCE_FLAGS } from './source-flags.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** How a program ended. */
export interface ProgramRun {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program that runs in a process of its own. */
export interface RunningProgram {
  /** What it has printed so far. */
  readonly out: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when it has ended, and every process that it started and that shares its standard error. */
  readonly ended: Promise<ProgramRun>;
}

/** Starts a TypeScript file of this repository, as `apps/demo/src/main.ts`. */
export function startProgram(file: string, args: readonly string[]): RunningProgram {
  const child = spawn(process.execPath, [...SOURCE_FLAGS, file, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<ProgramRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
  });
  return { out: () => out, kill: (signal) => child.kill(signal), ended };
}

/** Runs one to its end. */
export function runProgram(file: string, args: readonly string[]): Promise<ProgramRun> {
  return startProgram(file, args).ended;
}
