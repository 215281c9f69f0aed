import { CommanderError } from 'commander';
import type { Output } from './options.ts';

/** The exit status of a program that failed. */
export const FAILED = 1;

/** The streams of this process. */
export const output: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Runs a program with the arguments of this process. Resolves with its exit status, after an error was printed. */
export async function exitStatusOf(main: (args: readonly string[]) => Promise<number>): Promise<number> {
  try {
    return await main(process.argv.slice(2));
  } catch (error) {
    // The parser has printed its own errors.
    if (error instanceof CommanderError) return error.exitCode;
    output.err(`error: ${stackOf(error)}\n`);
    return FAILED;
  }
}

/** An error with its stack, or whatever else was thrown. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
