import {
  Command,
  oneOf,
  type Output,
  readCommandLine,
  seedOption,
  wholeNumber,
} from '@stateful-route/lab/command-line';

/** The options of a run. */
export interface SimulateOptions {
  readonly seeds: number;
  readonly seed: number;
  readonly minutes: number;
  readonly json: boolean;
  readonly mutants: boolean;
  readonly only: readonly string[];
}

/**
 * Reads the command line.
 *
 * @throws commander's `CommanderError`, after it wrote the help, or one line that says what is wrong.
 */
export function parseOptions(
  args: readonly string[],
  mutants: readonly string[],
  output: Output,
): SimulateOptions {
  const command = new Command('simulate')
    .description(
      'Runs whole fleets on simulated clocks and wires, and checks at every step that a user has one pod.',
    )
    .option('--seeds <n>', 'how many worlds', wholeNumber(1, 1_000_000), 300)
    .addOption(seedOption('the first world'))
    .option(
      '--minutes <n>',
      'how long events continue in each, in simulated minutes',
      wholeNumber(1, 1_000),
      10,
    )
    .option('--mutants', 'break the library on purpose; each break must be found', false)
    .option('--only <name>', 'one of the mutants; may be given several times', oneOf(mutants), []);
  return readCommandLine(command, args, output).opts<SimulateOptions>();
}
