import { CommanderError } from '@stateful-route/lab/command-line';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../src/cli/options.ts';

function parse(...args: readonly string[]) {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  return {
    options: () => parseOptions(args, ['late-claims', 'never-young'], { out: write, err: write }),
    written,
  };
}

describe('the command line', () => {
  it('runs 300 worlds of ten minutes by default', () => {
    expect(parse().options()).toEqual({
      seeds: 300,
      seed: 1,
      minutes: 10,
      json: false,
      mutants: false,
      only: [],
    });
  });

  it('takes seeds, a first seed, minutes and mutants', () => {
    const args =
      '--seeds 5 --seed 0 --minutes 2 --json --mutants --only late-claims --only never-young'.split(' ');
    expect(parse(...args).options()).toEqual({
      seeds: 5,
      seed: 0,
      minutes: 2,
      json: true,
      mutants: true,
      only: ['late-claims', 'never-young'],
    });
  });

  it.each([
    ['--seeds', '0'],
    ['--minutes', 'ten'],
    ['--only', 'earthquake'],
  ])('refuses %s %s in one line', (option, value) => {
    const { options, written } = parse(option, value);
    expect(options).toThrow(CommanderError);
    expect(written.join('').trim().split('\n')).toHaveLength(1);
    expect(written.join('')).toContain(option);
  });
});
