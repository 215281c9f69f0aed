import { Argument, Command, Option } from 'commander';
import type { Context } from '../run/context.ts';
import { parsePod } from '../commands/target.ts';
import { durationMs, positive } from './values.ts';

/** Runs a command with what all commands are given. */
export type Run = (command: Command, work: (context: Context) => Promise<void>) => Promise<void>;

/** Adds a command to the program. The examples are shown below its help. */
export type AddCommand = (name: string, what: string, examples: readonly string[]) => Command;

const KEYS_PER_SECOND = 10_000;

/** Adds commands to a program. */
export const addTo =
  (program: Command): AddCommand =>
  (name, what, examples) =>
    program
      .command(name)
      .description(what)
      .addHelpText('after', `\nExamples:\n${examples.map((line) => `  routectl ${line}\n`).join('')}`);

/** A pod. */
export const aPod = (): Argument =>
  new Argument('<pod>', 'an ordinal, or a name with one: 3, or room-3').argParser(parsePod);

/** A user. */
export const aUser = (): Argument => new Argument('<user>', 'the uid');

/** How fast a scan is. */
export const scanRate = (): Option =>
  new Option('--rate <keys>', 'how many keys of the store are read a second')
    .argParser(positive)
    .default(KEYS_PER_SECOND);

/** For how long a command waits. */
export const timeout = (): Option =>
  new Option('--timeout <time>', 'how long to wait: 30s, 5m; default: as long as it takes').argParser(
    durationMs,
  );
