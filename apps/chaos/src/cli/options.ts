import {
  Command,
  oneOf,
  type Output,
  readCommandLine,
  seedOption,
  wholeNumber,
} from '@stateful-route/lab/command-line';

/** The options of a run. */
export interface ChaosOptions {
  readonly only: readonly string[];
  readonly trials: number;
  readonly seed: number;
  readonly json: boolean;
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
): ChaosOptions {
  const command = new Command('chaos')
    .description('Breaks servers, networks and processes, and shows what stays true.')
    .option('--only <name>', 'one scenario; may be given several times', oneOf(names), [])
    .option('--trials <n>', 'how often each random fault is tried', wholeNumber(1, 10_000), 100)
    .addOption(seedOption());
  return readCommandLine(command, args, output).opts<ChaosOptions>();
}
