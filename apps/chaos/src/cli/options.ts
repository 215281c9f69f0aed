import { Command, InvalidArgumentError } from 'commander';

/** What the run was asked for. */
export interface ChaosOptions {
  readonly only: readonly string[];
  readonly trials: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Where the parser writes. */
export interface OptionsOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const TRIALS_MAX = 10_000;
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
  names: readonly string[],
  { out, err }: OptionsOutput,
): ChaosOptions {
  const known = (name: string, before: readonly string[]): readonly string[] => {
    if (names.includes(name)) return [...before, name];
    throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`);
  };
  const command = new Command('chaos')
    .description('Breaks servers, networks and processes, and shows what stays true.')
    .option('--only <name>', 'one fault of the table; may be given again', known, [])
    .option('--trials <n>', 'how often chance is tried', wholeNumber(1, TRIALS_MAX), 100)
    .option('--seed <n>', 'what chance is drawn from', wholeNumber(0, SEED_MAX), 1)
    .option('--json', 'end with one line of JSON', false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .parse([...args], { from: 'user' });
  return command.opts<ChaosOptions>();
}
