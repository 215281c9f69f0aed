import { describe, expect, it } from 'vitest';
import { type DemoOptions, parseOptions } from '../src/cli/options.ts';

function parse(line: string): { options?: DemoOptions; error: string } {
  let error = '';
  const args = line.split(' ').filter((word) => word !== '');
  try {
    const options = parseOptions(args, {
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
  it('drains one pod and kills another one by default', () => {
    expect(parse('').options).toEqual({
      pods: 5,
      gateways: 2,
      strategy: 'power-of-two',
      seed: 1,
      json: false,
      stay: false,
      serve: false,
      port: 8_080,
      drain: 1,
      kill: 2,
    });
  });

  it.each([
    ['--pods 1', undefined, undefined],
    ['--pods 2', 1, undefined],
    ['--pods 3', 1, 2],
    ['--drain 0', 0, undefined],
    ['--kill 0', undefined, 0],
    ['--log some.txt', undefined, undefined],
  ])('%s drains %s and kills %s', (line, drain, kill) => {
    const { options } = parse(line);
    expect([options?.drain, options?.kill]).toEqual([drain, kill]);
  });

  it('takes every option', () => {
    const line =
      '--pods 4 --gateways 3 --kill 0 --drain 3 --strategy rendezvous --seed 7 --log a --redis redis://h:1 --json';
    expect(parse(line)).toEqual({
      error: '',
      options: {
        pods: 4,
        gateways: 3,
        kill: 0,
        drain: 3,
        strategy: 'rendezvous',
        seed: 7,
        log: 'a',
        redis: 'redis://h:1',
        json: true,
        stay: false,
        serve: false,
        port: 8_080,
      },
    });
  });

  it('serves the console without incidents, also in memory', () => {
    const { options } = parse('--serve --port 0');
    expect(options).toMatchObject({ serve: true, port: 0 });
    expect(options).not.toHaveProperty('drain');
    expect(options).not.toHaveProperty('kill');
  });

  it('stays up without incidents', () => {
    const { options } = parse('--redis redis://h:1 --stay');
    expect(options).toMatchObject({ stay: true });
    expect([options?.drain, options?.kill]).toEqual([undefined, undefined]);
  });

  it('adds pods without incidents', () => {
    const { options } = parse('--redis redis://h:1 --scale-out 2 --log a');
    expect(options).toMatchObject({ scaleOut: 2, log: 'a' });
    expect([options?.drain, options?.kill]).toEqual([undefined, undefined]);
  });

  it.each([
    ['--pods 0', '--pods'],
    ['--pods 99999', '--pods'],
    ['--gateways 0', '--gateways'],
    ['--kill 5', 'no such pod'],
    ['--drain 5', 'no such pod'],
    ['--kill x', '--kill'],
    ['--pods 1 --kill 0', 'leave none'],
    ['--pods 2 --kill 0 --drain 1', 'leave none'],
    ['--strategy best', '--strategy'],
    ['--redis http://127.0.0.1', '--redis'],
    ['--pods 51 --redis redis://127.0.0.1', 'process'],
    ['--stay', '--redis'],
    ['--scale-out 2', '--redis'],
    ['--scale-out 0 --redis redis://127.0.0.1', '--scale-out'],
    ['--pods 40 --scale-out 20 --redis redis://127.0.0.1', 'process'],
    ['--scale-out 2 --redis redis://127.0.0.1 --stay', '--stay'],
    ['--scale-out 2 --redis redis://127.0.0.1 --kill 1', '--kill'],
    ['--serve --drain 0', '--drain'],
    ['--serve --json', '--json'],
    ['--stay --redis redis://127.0.0.1 --drain 0', '--drain'],
    ['--stay --redis redis://127.0.0.1 --log a', '--log'],
  ])('refuses %s in one line', (line, named) => {
    const { options, error } = parse(line);
    expect(options).toBeUndefined();
    expect(error).toMatch(/^error: [^\n]+\n$/);
    expect(error).toContain(named);
  });
});
