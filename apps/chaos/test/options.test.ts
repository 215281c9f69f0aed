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
  it('runs everything with 100 trials by default', () => {
    expect(parse().options).toEqual({ only: [], trials: 100, seed: 1, json: false });
  });

  it('takes every option', () => {
    const given = parse('--only', 'two', '--only', 'one', '--trials', '3', '--seed', '0', '--json');
    expect(given.options).toEqual({ only: ['two', 'one'], trials: 3, seed: 0, json: true });
  });

  it('refuses zero trials and an unknown scenario', () => {
    expect(parse('--trials', '0').error).toContain('whole number');
    expect(parse('--only', 'three').error).toContain('one, two');
  });
});
