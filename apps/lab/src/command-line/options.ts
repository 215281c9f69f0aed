import { type Command, InvalidArgumentError, Option } from 'commander';

/** Where a program writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** The seed of a random generator. */
export function seedOption(what: string = 'the seed of the random generator'): Option {
  return new Option('--seed <n>', what).argParser(wholeNumber(0, 2 ** 32 - 1)).default(1);
}

/**
 * Adds `--json` and reads a command line.
 *
 * @throws commander's `CommanderError`, after it wrote the help, or one line that says what is wrong.
 */
export function readCommandLine(command: Command, args: readonly string[], { out, err }: Output): Command {
  return command
    .option('--json', 'end with one line of JSON', false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: out, writeErr: err })
    .exitOverride()
    .parse([...args], { from: 'user' });
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** The address of a Redis. */
export function redisUrl(text: string): string {
  if (/^rediss?:\/\/./i.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a redis:// or rediss:// address.');
}

/** One of these names, of an option that may be given several times. */
export function oneOf(names: readonly string[]): (name: string, before: readonly string[]) => string[] {
  return (name, before) => {
    if (names.includes(name)) return [...before, name];
    throw new InvalidArgumentError(`It must be one of ${names.join(', ')}.`);
  };
}
