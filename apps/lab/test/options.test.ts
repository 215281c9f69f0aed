import {
  Command,
  CommanderError,
  oneOf,
  readCommandLine,
  redisUrl,
  seedOption,
  wholeNumber,
} from '@stateful-route/lab/command-line';
import { describe, expect, it } from 'vitest';

function read(line: string): { readonly options?: object; readonly err: string } {
  const command = new Command('test')
    .option('--only <name>', '', oneOf(['one', 'two']), [])
    .option('--pods <n>', '', wholeNumber(1, 9))
    .option('--redis <url>', '', redisUrl)
    .addOption(seedOption());
  let err = '';
  const output = { out: () => {}, err: (text: string) => void (err += text) };
  try {
    return { options: readCommandLine(command, line.split(' '), output).opts(), err };
  } catch (error) {
    expect(error).toBeInstanceOf(CommanderError);
    return { err };
  }
}

describe('a command line', () => {
  it('is read into options', () => {
    const line = '--only two --only one --pods 9 --redis rediss://h:1 --seed 0 --json';
    expect(read(line)).toEqual({
      options: { only: ['two', 'one'], pods: 9, redis: 'rediss://h:1', seed: 0, json: true },
      err: '',
    });
  });

  it.each([
    ['--only three', 'one, two'],
    ['--pods 0', '--pods'],
    ['--pods 10', 'whole number from 1 to 9'],
    ['--pods -1', '--pods'],
    ['--pods 2.5', '--pods'],
    ['--pods many', '--pods'],
    ['--pods', '--pods'],
    ['--seed 4294967296', '--seed'],
    ['--redis http://127.0.0.1', '--redis'],
    ['--redis 127.0.0.1:6379', '--redis'],
    ['--bogus', '--bogus'],
    ['extra', 'too many arguments'],
  ])('%s is refused in one line', (line, named) => {
    const { options, err } = read(line);
    expect(options).toBeUndefined();
    expect(err).toMatch(/^error: [^\n]+\n$/);
    expect(err).toContain(named);
  });
});
