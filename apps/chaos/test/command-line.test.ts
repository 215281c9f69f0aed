import { type ProgramRun, runProgram } from '@stateful-route/lab/process';
import { describe, expect, it } from 'vitest';

function chaos(...args: readonly string[]): Promise<ProgramRun> {
  return runProgram('apps/chaos/src/main.ts', args);
}

describe('chaos', { timeout: 60_000 }, () => {
  it('runs one scenario, and ends with a line of JSON', async () => {
    const { status, out } = await chaos('--only', 'late-beat', '--seed', '5', '--trials', '2', '--json');
    const lines = out.trimEnd().split('\n');
    const result: unknown = JSON.parse(lines.at(-1)!);
    expect(result).toEqual({
      faults: [{ name: 'late-beat', shown: expect.any(String), bound: 0, seen: 0, unit: 'beats', ok: true }],
      trials: 2,
      violations: 0,
      seed: 5,
    });
    expect(lines[0]).toContain('late-beat');
    expect(status).toBe(0);
  });

  it('refuses an unknown scenario in one line', async () => {
    const { status, out, err } = await chaos('--only', 'earthquake');
    expect(err).toContain('earthquake');
    expect(out).toBe('');
    expect(status).toBe(1);
  });
});
