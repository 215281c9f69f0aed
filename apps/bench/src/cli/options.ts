import { Command, InvalidArgumentError, Option } from 'commander';
import type { BenchSettings } from '../benchmark.ts';

/** What the run was asked for. */
export interface BenchOptions extends BenchSettings {
  readonly only: readonly string[];
  readonly json: boolean;
  /** A built checkout of another commit, to measure in turn with this one. */
  readonly against?: string | undefined;
  /** Write the page though not everything is measured. */
  readonly write: boolean;
}

/** Where the parser writes. */
export interface OptionsOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const ROUNDS_MAX = 1_000;
const SEED_MAX = 2 ** 32 - 1;

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function factor(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number above 0, and at most 1.');
}

function redisUrl(text: string): string {
  if (/^rediss?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a redis:// or rediss:// address.');
}

/**
 * Reads the command line.
 *
 * @throws commander's `CommanderError`, after it wrote one line that says what is wrong, or the help that was asked for.
 */
export function parseOptions(
  args: readonly string[],
  names: readonly string[],
  { out, err }: OptionsOutput,
): BenchOptions {
  const known = (name: string, before: readonly string[]): readonly string[] => {
    if (names.includes(name)) return [...before, name];
    throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`);
  };
  const command = new Command('bench')
    .description('Measures what a route costs, beside raw ioredis on the same Redis in the same run.')
    .option('--only <name>', 'one benchmark; may be given again', known, [])
    .option('--rounds <n>', 'how many rounds a median is made of', wholeNumber(1, ROUNDS_MAX), 7)
    .option('--scale <x>', 'a part of the work, to see that it runs', factor, 1)
    .option('--seed <n>', 'what chance is drawn from', wholeNumber(0, SEED_MAX), 1)
    .option('--log <file>', 'a web-server log to replay, for the hit rate of the link cache')
    .option('--url <url>', 'the Redis to measure on; without it a redis-server is started', redisUrl)
    .addOption(
      new Option(
        '--against <folder>',
        'a built checkout of another commit: measures both in turn, and compares each metric',
      ).conflicts('write'),
    )
    .option('--write', 'write docs/benchmarks.md though not everything is measured', false)
    .option('--json', 'end with one line of JSON', false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  return command.opts<BenchOptions>();
}
