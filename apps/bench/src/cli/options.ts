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
  /** Write the page even if only some benchmarks ran. */
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
    .option('--only <name>', 'run this benchmark; may be repeated', oneOf(names), [])
    .option('--rounds <n>', 'the number of rounds; results are medians', wholeNumber(1, ROUNDS_MAX), 7)
    .option('--scale <x>', 'a fraction of the work, for a quick check', factor, 1)
    .addOption(seedOption())
    .option('--log <file>', 'a web-server log to replay')
    .option('--url <url>', 'the Redis to measure on (default: starts a redis-server)', redisUrl)
    .addOption(
      new Option(
        '--against <folder>',
        'compare with a built checkout of another commit, measured in turn',
      ).conflicts('write'),
    )
    .option('--write', 'write docs/benchmarks.md even if only some benchmarks ran', false);
  return readCommandLine(command, args, output).opts<BenchOptions>();
}
