import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strategies as builtIn } from '@stateful-route/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Findings } from '../../src/benchmark.ts';
import { strategies } from '../../src/benchmarks/strategies.ts';

let folder: string;
let found: Findings;
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strategies-'));
  const log = join(folder, 'access.log');
  const line = (at: number): string =>
    `10.0.0.${at % 150} - - [17/May/2015:1${at % 3}:05:03 +0000] "GET / HTTP/1.1" 200 1`;
  await writeFile(log, Array.from({ length: 400 }, (_, at) => line(at)).join('\n'));
  const say = (text: string): void => {
    said.push(text);
  };
  found = await strategies.run({ seed: 5, rounds: 2, scale: 0.1, log, say });
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('the benchmark of the strategies', () => {
  it('finds the peak of the default within its goal', () => {
    const peak = found.metrics.find(({ name }) => name === 'peakOverFair')!;
    expect(peak.goal).toEqual({ atMost: 1.05 });
    expect(peak.value).toBeGreaterThan(1);
    expect(peak.value).toBeLessThanOrEqual(1.05);
    const [least, greatest] = peak.spread!;
    expect(least).toBeLessThanOrEqual(peak.value);
    expect(greatest).toBeGreaterThanOrEqual(peak.value);
  });

  it('makes every other metric a ratio of 1 or more, without a goal', () => {
    const others = found.metrics.slice(1);
    expect(others).toHaveLength(8);
    for (const { value, goal, unit } of others) {
      expect(value).toBeGreaterThanOrEqual(1);
      expect({ goal, unit }).toEqual({ goal: undefined, unit: 'ratio' });
    }
  });

  it('has a row of each table, and a line of each plot, for every strategy', () => {
    const names = Object.keys(builtIn);
    for (const figure of found.figures!) {
      if (figure.kind === 'table') {
        expect(figure.rows.map(([name]) => name)).toEqual(names);
        for (const row of figure.rows) expect(row).toHaveLength(figure.columns.length);
      } else {
        expect(figure.lines.map(({ label }) => label)).toEqual(expect.arrayContaining(names));
        for (const { points } of figure.lines) expect(points.length).toBeGreaterThan(1);
      }
    }
  });

  it('says what it is about', () => {
    expect(said).toHaveLength(10);
    expect(said).toContain('simulating: real log');
  });
});
