import { runProgram } from '@stateful-route/lab/process';
import { describe, expect, it } from 'vitest';

const bench = (...args: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram('apps/bench/src/main.ts', args);

describe('bench', { timeout: 120_000 }, () => {
  it('measures the named benchmarks, and ends with a line of JSON', async () => {
    const only = ['memory-answers', 'round-trips'];
    const few = ['--rounds', '1', '--scale', '0.005', '--json'];
    const { status, out, err } = await bench(...only.flatMap((name) => ['--only', name]), ...few);
    const { metrics, environment } = JSON.parse(out.trimEnd().split('\n').at(-1)!) as {
      metrics: Record<string, number>;
      environment: Record<string, unknown>;
    };
    expect(Object.keys(metrics)).toEqual([
      'hotPathVsAwaitMapGet',
      'peekVsMapGet',
      'claimHeldVsMapGet',
      'roundTripsFirstRoute',
      'roundTripsKnown',
    ]);
    for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true);
    expect(metrics['roundTripsKnown']).toBe(0);
    expect(environment).toMatchObject({ node: process.version, rounds: 1, scale: 0.005, seed: 1 });
    expect(err).toContain('[1/2] memory-answers');
    expect(err).not.toContain('written');
    expect(status).toBe(0);
  });

  it('refuses an unknown benchmark, in one line', async () => {
    const { status, out, err } = await bench('--only', 'earthquake');
    expect(err).toContain('earthquake');
    expect(out).toBe('');
    expect(status).toBe(1);
  });
});
