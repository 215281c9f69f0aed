import { CommanderError } from '@stateful-route/lab/command-line';
import { describe, expect, it } from 'vitest';
import { type BenchOptions, parseOptions } from '../src/cli/options.ts';

function parse(...args: readonly string[]): { options: BenchOptions | undefined; err: string } {
  let err = '';
  try {
    const options = parseOptions(args, ['look-ups', 'picks'], {
      out: () => {},
      err: (text) => {
        err += text;
      },
    });
    return { options, err };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { options: undefined, err };
  }
}

describe('the command line', () => {
  it('measures everything on a Redis of its own by default', () => {
    expect(parse().options).toEqual({
      only: [],
      rounds: 7,
      scale: 1,
      seed: 1,
      write: false,
      json: false,
    });
  });

  it('takes every option', () => {
    const args =
      '--only picks --only look-ups --rounds 3 --scale 0.5 --seed 9 --log a.log --url redis://h:1 --write --json';
    expect(parse(...args.split(' ')).options).toEqual({
      only: ['picks', 'look-ups'],
      rounds: 3,
      scale: 0.5,
      seed: 9,
      log: 'a.log',
      url: 'redis://h:1',
      write: true,
      json: true,
    });
  });

  it('takes another checkout, and then refuses to write the page', () => {
    expect(parse('--against', '../before').options?.against).toBe('../before');
    expect(parse('--against', '../before', '--write').err).toContain("'--write'");
  });

  it.each([
    ['--only', 'earthquake'],
    ['--rounds', '0'],
    ['--rounds', '2.5'],
    ['--scale', '0'],
    ['--scale', '2'],
    ['--seed', '-1'],
    ['--url', 'http://h'],
    ['--unknown', 'x'],
  ])('refuses %s %s, in one line', (name, value) => {
    const { options, err } = parse(name, value);
    expect(options).toBeUndefined();
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(name);
  });
});
