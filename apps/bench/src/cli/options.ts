import {
  Command,
  InvalidArgumentError,
  oneOf,
  Option,
  type Output,
  readCommandLine,
  redisUrl,
  seedOption,
  wholeNumber,
} from '@stateful-route/lab/command-line';
import type { BenchSettings } from '../benchmark.ts';

/** What the command line asks for. */
export interface BenchOptions extends BenchSettings {
  readonly only: readonly string[];
  readonly json: boolean;
  /** A built checkout of another commit, to measure in turn with this one. */
  readonly against?: string | undefined;
  /** Write the page though not everything is measured. */
  readonly write: boolean;
}

const ROUNDS_MAX = 1_000;

function factor(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number above 0, and at most 1.');
}

/**
 * Reads the command line.
 *
 * @throws commander's `CommanderError`, after it wrote the help, or one line that says what is wrong.
 */
export function parseOptions(
  args: readonly string[],
  names: readonly string[],
  output: Output,
): BenchOptions {
  const command = new Command('bench')
    .description('Measures what a route costs, beside raw ioredis on the same Redis in the same run.')
    .option('--only <name>', 'one benchmark; may be given again', oneOf(names), [])
    .option('--rounds <n>', 'how many rounds a median is made of', wholeNumber(1, ROUNDS_MAX), 7)
    .option('--scale <x>', 'a part of the work, to see that it runs', factor, 1)
    .addOption(seedOption())
    .option('--log <file>', 'a web-server log to replay, for the hit rate of the link cache')
    .option('--url <url>', 'the Redis to measure on; without it a redis-server is started', redisUrl)
    .addOption(
      new Option(
        '--against <folder>',
        'a built checkout of another commit, to measure in turn and compare with',
      ).conflicts('write'),
    )
    .option('--write', 'write docs/benchmarks.md though not everything is measured', false);
  return readCommandLine(command, args, output).opts<BenchOptions>();
}
