import type { HistoryEvent } from '@stateful-route/harness';
import { describe, expect, it, vi } from 'vitest';
import { isShown } from '../src/report/result.ts';
import { runChaos } from '../src/run-chaos.ts';
import { type ChaosContext, type Scenario, scenario } from '../src/scenario.ts';
import { scenarios } from '../src/scenarios/all.ts';

const rows = { gap: { shown: 'a gap', bound: 10, unit: 'ms' } };

async function run(...given: readonly Scenario[]) {
  const output: string[] = [];
  const note = (line: string): void => void output.push(line);
  const result = await runChaos({ scenarios: given, trials: 2, seed: 7, soakMs: 0, print: note, warn: note });
  return { result, output: output.join('\n') };
}

describe('runChaos', () => {
  it('prints a row within its bound', async () => {
    const { result, output } = await run(scenario({ name: 'quick', rows, run: async () => ({ gap: 9.96 }) }));
    expect(result).toEqual({
      faults: [{ name: 'quick', shown: 'a gap', bound: 10, seen: 10, unit: 'ms', ok: true }],
      trials: 2,
      violations: 0,
      seed: 7,
    });
    expect(isShown(result)).toBe(true);
    expect(output).toMatch(/ok +quick .* of at most 10 ms/);
  });

  it('fails a row out of its bound, or without a measurement', async () => {
    const slow = scenario({ name: 'slow', rows, run: async () => ({ gap: 11 }) });
    const lost = scenario({ name: 'lost', rows, run: () => Promise.reject(new Error('no server')) });
    const none = scenario({ name: 'none', rows, run: async () => ({ gap: Number.NaN }) });
    for (const each of [slow, lost, none]) {
      const { result } = await run(each);
      expect(result.faults.map(({ ok }) => ok)).toEqual([false]);
      expect(result.violations).toBe(1);
      expect(isShown(result)).toBe(false);
    }
    expect((await run(lost)).output).toContain('no server');
  });

  it('repeats a scenario whose waits are out of bounds, and takes the second result', async () => {
    const runs = (...seen: readonly number[]) => {
      const run = vi.fn<() => Promise<{ gap: number }>>();
      for (const gap of seen) run.mockResolvedValueOnce({ gap });
      return run;
    };
    const better = runs(11, 9);
    const again = await run(scenario({ name: 'noisy', rows, run: better }));
    expect(again.result).toMatchObject({ faults: [{ seen: 9, ok: true }], violations: 0 });
    expect(again.output).toMatch(/FAIL +noisy +11 of at most 10 ms[^]*ok +noisy +9 of at most 10 ms/);

    const worse = runs(11, 12, 9);
    const { result } = await run(scenario({ name: 'slow', rows, run: worse }));
    expect(result).toMatchObject({ faults: [{ seen: 12, ok: false }], violations: 1 });
    expect(worse).toHaveBeenCalledTimes(2);
  });

  it('does not repeat a scenario with a broken promise or an error', async () => {
    const counted = { ...rows, lost: { shown: 'links lost', bound: 0, unit: 'links' } };
    const losing = vi.fn<() => Promise<{ gap: number; lost: number }>>(async () => ({ gap: 11, lost: 1 }));
    const { result } = await run(scenario({ name: 'losing', rows: counted, run: losing }));
    expect(result.violations).toBe(2);
    const failing = vi.fn<() => Promise<{ gap: number }>>(() => Promise.reject(new Error('no server')));
    await run(scenario({ name: 'failing', rows, run: failing }));
    expect([losing, failing].map((each) => each.mock.calls.length)).toEqual([1, 1]);
  });

  it('fails a scenario whose history breaks a promise, and prints how to repeat it', async () => {
    const history: HistoryEvent[] = [1, 2, 1].map((podId, at) => ({
      type: 'serve',
      uid: 'ada',
      podId,
      token: podId,
      at,
      accepted: true,
    }));
    // A wait out of its bound does not repeat a scenario with a broken promise.
    const checking = vi.fn<(context: ChaosContext) => Promise<{ gap: number }>>(async ({ check }) => ({
      gap: 10 + check(history, { seed: 99 }),
    }));
    const broken = scenario({
      name: 'broken',
      rows,
      run: checking,
    });
    const { result, output } = await run(broken);
    expect(result.violations).toBe(2);
    expect(isShown(result)).toBe(false);
    expect(output).toContain('--only broken --trials 1 --seed 99');
  });
});

describe('the table', () => {
  it('has unique row names', () => {
    const names = scenarios.flatMap(({ name, rows: own }) => Object.keys(own).map((key) => `${name}.${key}`));
    expect(new Set(names).size).toBe(names.length);
    expect(scenarios.length).toBeGreaterThanOrEqual(31);
  });
});
