import { describe, expect, it } from 'vitest';
import { type ChaosOptions, parseOptions } from '../src/cli/options.ts';

function parse(...args: readonly string[]): { options?: ChaosOptions; error: string } {
  let error = '';
  try {
    const options = parseOptions(args, ['one', 'two'], {
      out: () => {},
      err: (text) => {
        error += text;
      },
    });
    return { options, error };
  } catch {
    return { error };
  }
}

describe('parseOptions', () => {
  it('runs everything, a hundred times where chance has a part, by default', () => {
    expect(parse().options).toEqual({ only: [], trials: 100, seed: 1, json: false });
  });

  it('takes what it is given', () => {
    const given = parse('--only', 'two', '--only', 'one', '--trials', '3', '--seed', '0', '--json');
    expect(given.options).toEqual({ only: ['two', 'one'], trials: 3, seed: 0, json: true });
  });

  it.each([
    [['--only', 'three'], 'one, two'],
    [['--trials', '0'], 'whole number'],
    [['--trials', '1.5'], 'whole number'],
    [['--seed', '-1'], 'whole number'],
    [['--seed', '4294967296'], 'whole number'],
    [['--loud'], '--loud'],
    [['more'], 'too many arguments'],
  ])('refuses %s', (args, word) => {
    const { options, error } = parse(...args);
    expect(options).toBeUndefined();
    expect(error).toContain(word);
  });
});
