import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Benchmark, Findings } from '../src/benchmark.ts';
import type { Plot } from '../src/report/figure.ts';
import { benchmarksPage } from '../src/report/page.ts';
import { plotSvg } from '../src/report/plot-svg.ts';
import type { Measured } from '../src/report/results.ts';
import { writePage } from '../src/report/write-page.ts';

const environment: Measured['environment'] = {
  date: '2026-01-02',
  node: 'v20.19.0',
  redis: '7.0.1',
  ioredis: '6.0.0',
  cpu: 'a processor',
  cores: 2,
  memoryGb: 8,
  os: 'Linux',
  rounds: 7,
  scale: 1,
  seed: 1,
};
const plot: Plot = {
  kind: 'plot',
  name: 'curve',
  caption: 'A curve',
  x: { label: 'callers', scale: 'log' },
  y: { label: 'calls/s' },
  lines: [
    {
      label: 'ours',
      points: [
        [1, 10],
        [1_024, 400],
      ],
    },
    {
      label: 'theirs',
      points: [
        [1, 20],
        [1_024, 30],
      ],
    },
  ],
};

function benchmark(name: string, notes?: string): Benchmark {
  return {
    name,
    title: `About ${name}`,
    about: `How ${name} is measured.`,
    notes,
    run: () => Promise.resolve({ metrics: [] }),
  };
}

function result(findings: Findings, date = '2026-01-02'): Measured {
  return { ...findings, environment: { ...environment, date } };
}

const speed: Findings = {
  metrics: [
    { name: 'speed', shown: 'a | b', value: 3.21, spread: [3, 4], unit: 'ratio', goal: { atLeast: 3 } },
    { name: 'moved', shown: 'users', value: 0.25, unit: 'share' },
    { name: 'weight', shown: 'bytes', value: 1_234.4, unit: 'bytes', goal: { atMost: 300 } },
  ],
  figures: [{ kind: 'table', caption: 'Rates', columns: ['', 'calls/s'], rows: [['ours', 123_456.7]] }, plot],
};

describe('the page', () => {
  it('has the introduction, the machine, the goals, and each benchmark with a result', () => {
    const page = benchmarksPage('# Words\n', [benchmark('first', 'Notes of somebody.'), benchmark('never')], {
      first: result(speed),
    });
    expect(page).toMatch(/^# Words\n\n## The machine/);
    expect(page).toContain('a processor, 2 cores');
    expect(page).toContain('1 of 2 are met.');
    expect(page).toContain('| `speed` | a \\| b | 3.21 | 3 – 4 | at least 3 | yes |');
    expect(page).toContain('| `weight` | bytes | 1,234 bytes |  | at most 300 | **no** |');
    expect(page).toContain('| `moved` | users | 25.0 % |  |  |  |');
    expect(page).toContain('## About first\n\nHow first is measured.');
    expect(page).toContain('| ours | 123,457 |');
    expect(page).toContain('![A curve](benchmarks/curve.svg)');
    expect(page).toContain('Notes of somebody.');
    expect(page).not.toContain('never');
  });

  it('keeps earlier results, and drops those of removed benchmarks', async () => {
    const docs = await mkdtemp(join(tmpdir(), 'bench-page-'));
    try {
      const [first, second] = [benchmark('first'), benchmark('second')];
      await writePage(docs, [first, second], { first: result(speed, '2026-01-02') });
      await writePage(docs, [first, second], { second: result({ metrics: [] }, '2026-03-04') });
      const page = await readFile(join(docs, 'benchmarks.md'), 'utf8');
      expect(page).toContain('`npx pnpm bench --only first` (2026-01-02, 7 rounds)');
      expect(page).toContain('`npx pnpm bench --only second` (2026-03-04, 7 rounds)');
      expect((await readdir(join(docs, 'benchmarks'))).toSorted()).toEqual(['curve.svg', 'results.json']);
      const results = await readFile(join(docs, 'benchmarks/results.json'), 'utf8');
      expect(JSON.parse(results)).toMatchObject({ first: { metrics: speed.metrics } });
      expect(results, 'points are in the SVG only').not.toContain('points');

      await writePage(docs, [second], {});
      expect(await readFile(join(docs, 'benchmarks.md'), 'utf8')).not.toContain('About first');
    } finally {
      await rm(docs, { recursive: true });
    }
  });
});

describe('a plot', () => {
  it('is drawn on white, with its labels', () => {
    const svg = plotSvg(plot);
    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain('fill="#ffffff"');
    for (const text of ['A curve', 'callers', 'calls/s', 'ours', 'theirs'])
      expect(svg).toContain(`>${text}<`);
  });
});
