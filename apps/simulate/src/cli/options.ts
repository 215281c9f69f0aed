import { Command, InvalidArgumentError } from 'commander';

/** What a run was asked for. */
export interface SimulateOptions {
  readonly seeds: number;
  readonly seed: number;
  readonly minutes: number;
  readonly json: boolean;
  readonly mutants: boolean;
  readonly only: readonly string[];
}

/** Where the parser writes. */
export interface OptionsOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const SEED_MAX = 2 ** 32 - 1;

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/**
 * Reads the command line.
 *
 * @throws commander's `CommanderError`, after it wrote one line that says what is wrong, or the help that was asked for.
 */
export function parseOptions(
  args: readonly string[],
  mutants: readonly string[],
  { out, err }: OptionsOutput,
): SimulateOptions {
  const known = (name: string, before: readonly string[]): readonly string[] => {
    if (mutants.includes(name)) return [...before, name];
    throw new InvalidArgumentError(`It must be one of ${mutants.join(', ')}.`);
  };
  const command = new Command('simulate')
    .description(
      'Runs whole fleets on simulated clocks and wires, and checks at every step that a user has one pod.',
    )
    .option('--seeds <n>', 'how many worlds', wholeNumber(1, 1_000_000), 300)
    .option('--seed <n>', 'the first world', wholeNumber(0, SEED_MAX), 1)
    .option('--minutes <n>', 'how long events go on in each, in simulated minutes', wholeNumber(1, 1_000), 10)
    .option('--mutants', 'break the library on purpose, and see each break found', false)
    .option('--only <name>', 'one of the breaks; may be given again', known, [])
    .option('--json', 'end with one line of JSON', false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  return command.opts<SimulateOptions>();
}
