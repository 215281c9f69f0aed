import { describe, expect, it } from 'vitest';
import { type Benchmark, isMet, type Metric } from '../src/benchmark.ts';
import { benchmarks } from '../src/benchmarks/all.ts';
import { runBench } from '../src/run-bench.ts';

const settings = { rounds: 1, scale: 1, seed: 1 };

function benchmark(name: string): Benchmark {
  return { name, title: `About ${name}`, about: '', run: () => Promise.resolve({ metrics: [] }) };
}

function metric(name: string, value: number, goal?: Metric['goal']): Metric {
  return { name, shown: `what ${name} is`, value, unit: 'ratio', goal };
}

describe('runBench', () => {
  it('goes on after a benchmark that fails, and names it', async () => {
    const said: string[] = [];
    const note = (line: string): void => void said.push(line);
    const [first, second] = [benchmark('first'), benchmark('second')];
    const { found, failed } = await runBench({
      benchmarks: [first, second],
      settings,
      run: ({ name }) =>
        name === 'first'
          ? Promise.reject(new Error('no server'))
          : Promise.resolve({ metrics: [metric('speed', 2.5, { atLeast: 3 })] }),
      print: note,
      warn: note,
    });
    expect(failed).toEqual(['first']);
    expect([...found.keys()]).toEqual([second]);
    expect(said.join('\n')).toContain('no server');
    expect(said.join('\n')).toMatch(/MISS speed +2\.50, at least 3 +what speed is/);
  });
});

describe('a goal', () => {
  it('is met at its bound', () => {
    expect(isMet(metric('a', 3, { atLeast: 3 }))).toBe(true);
    expect(isMet(metric('a', 2.9, { atLeast: 3 }))).toBe(false);
    expect(isMet(metric('a', 3, { atMost: 3 }))).toBe(true);
    expect(isMet(metric('a', 3.1, { atMost: 3 }))).toBe(false);
    expect(isMet(metric('a', 3))).toBeUndefined();
  });
});

describe('the benchmarks', () => {
  it('have different names', () => {
    const names = benchmarks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
