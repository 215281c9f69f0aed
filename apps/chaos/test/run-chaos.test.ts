import type { HistoryEvent } from '@stateful-route/testkit/harness';
import { describe, expect, it } from 'vitest';
import { isShown } from '../src/report/result.ts';
import { runChaos } from '../src/run-chaos.ts';
import { type Scenario, scenario } from '../src/scenario.ts';
import { scenarios } from '../src/scenarios/all.ts';

const rows = { gap: { shown: 'a gap', bound: 10, unit: 'ms' } };

async function run(...given: readonly Scenario[]) {
  const said: string[] = [];
  const note = (line: string): void => void said.push(line);
  const result = await runChaos({ scenarios: given, trials: 2, seed: 7, soakMs: 0, print: note, warn: note });
  return { result, said: said.join('\n') };
}

describe('runChaos', () => {
  it('shows what was seen within its bound', async () => {
    const { result, said } = await run(scenario({ name: 'quick', rows, run: async () => ({ gap: 9.96 }) }));
    expect(result).toEqual({
      faults: [{ name: 'quick', shown: 'a gap', bound: 10, seen: 10, unit: 'ms', ok: true }],
      trials: 2,
      violations: 0,
      seed: 7,
    });
    expect(isShown(result)).toBe(true);
    expect(said).toMatch(/ok +quick .* of at most 10 ms/);
  });

  it('fails what is beyond its bound, or was not measured', async () => {
    const slow = scenario({ name: 'slow', rows, run: async () => ({ gap: 11 }) });
    const lost = scenario({ name: 'lost', rows, run: () => Promise.reject(new Error('no server')) });
    const none = scenario({ name: 'none', rows, run: async () => ({ gap: Number.NaN }) });
    for (const each of [slow, lost, none]) {
      const { result } = await run(each);
      expect(result.faults.map(({ ok }) => ok)).toEqual([false]);
      expect(isShown(result)).toBe(false);
    }
    expect((await run(lost)).said).toContain('no server');
  });

  it('fails a scenario whose history breaks a promise, and says how to repeat it', async () => {
    const history: HistoryEvent[] = [1, 2, 1].map((podId, at) => ({
      type: 'serve',
      uid: 'ada',
      podId,
      token: podId,
      at,
      accepted: true,
    }));
    const broken = scenario({
      name: 'broken',
      rows,
      run: async ({ judge }) => ({ gap: judge(history, { seed: 99 }) }),
    });
    const { result, said } = await run(broken);
    expect(result.violations).toBe(1);
    expect(result.faults[0]).toMatchObject({ seen: 1, ok: false });
    expect(isShown(result)).toBe(false);
    expect(said).toContain('--only broken --trials 1 --seed 99');
  });
});

describe('the table', () => {
  it('names each of its rows once', () => {
    const names = scenarios.flatMap(({ name, rows: own }) => Object.keys(own).map((key) => `${name}.${key}`));
    expect(new Set(names).size).toBe(names.length);
    expect(scenarios.length).toBeGreaterThanOrEqual(31);
  });
});
