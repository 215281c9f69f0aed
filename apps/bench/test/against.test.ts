import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Compared, compare, comparisonLine } from '../src/against/comparison.ts';
import { OtherCheckout } from '../src/against/other-checkout.ts';
import { runAgainst } from '../src/against/run-against.ts';
import type { Benchmark, Metric } from '../src/benchmark.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const settings = { rounds: 2, scale: 1, seed: 1 };

const metric = (name: string, value: number, aim: Partial<Metric> = {}): Metric => {
  return { name, shown: name, value, unit: 'ratio', ...aim };
};

const benchmark = (name: string): Benchmark => {
  return { name, title: name, about: '', run: () => Promise.resolve({ metrics: [] }) };
};

const compareOne = (ours: Metric, theirs: number): Compared['metrics'][string] =>
  compare([{ ours: [ours], theirs: { [ours.name]: theirs } }]).metrics[ours.name]!;

describe('compare', () => {
  it('takes the medians of both sides, and the ratio of each round', () => {
    const rounds = [
      [3, 2],
      [8, 4],
      [5, 5],
    ].map(([ours, theirs]) => ({ ours: [metric('rate', ours!)], theirs: { rate: theirs! } }));
    expect(compare(rounds).metrics['rate']).toEqual({
      ours: 5,
      theirs: 4,
      ratio: 1.5,
      least: 1,
      most: 2,
      worse: undefined,
    });
  });

  it.each([
    ['at least', { goal: { atLeast: 1 } }, 0.94, true],
    ['at least', { goal: { atLeast: 1 } }, 0.96, false],
    ['at most', { goal: { atMost: 1 } }, 1.06, true],
    ['at most', { goal: { atMost: 1 } }, 0.5, false],
    ['more', { better: 'more' as const }, 0.94, true],
    ['less', { better: 'less' as const }, 1.06, true],
    ['neither', {}, 0.1, undefined],
  ])('calls a change of more than 5 % worse: %s, %o, %d', (_, aim, ours, worse) => {
    expect(compareOne(metric('any', ours, aim), 1).worse).toBe(worse);
  });

  it('takes two zeros as equal', () => {
    expect(compareOne(metric('calls', 0, { goal: { atMost: 0 } }), 0)).toMatchObject({
      ratio: 1,
      worse: false,
    });
    expect(compareOne(metric('calls', 1, { goal: { atMost: 0 } }), 0).worse).toBe(true);
  });

  it('lists the metrics that one side lacks', () => {
    expect(
      compare([{ ours: [metric('both', 1), metric('new', 1)], theirs: { both: 1, old: 1 } }]),
    ).toMatchObject({ onlyOurs: ['new'], onlyTheirs: ['old'] });
  });

  it('prints a line for each metric', () => {
    const line = comparisonLine('rate', 'ratio', compareOne(metric('rate', 1, { better: 'more' }), 2));
    expect(line).toMatch(/^WORSE rate +1 against 2 +ratio 0\.500 \(0\.500 – 0\.500\)$/);
  });
});

/** Knows the benchmark "known" only, and prints its arguments as they came. */
const STAND_IN = `
const args = process.argv.slice(2);
if (args[args.indexOf('--only') + 1] !== 'known') {
  console.error('It must be one of known.');
  process.exit(1);
}
if (args.includes('--help')) process.exit(0);
console.log('a line for readers');
console.log(JSON.stringify({ metrics: { rate: 2, rounds: Number(args.find((arg) => arg.startsWith('--rounds=')).slice(9)) } }));
`;

describe('against another checkout', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-against-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };

  it('says what to run if the folder is no checkout, or is not built', async () => {
    expect(() => new OtherCheckout(folder)).toThrow(/is no checkout/);
    await write('apps/bench/src/main.ts', STAND_IN);
    expect(() => new OtherCheckout(folder)).toThrow(/not built\. Run there: .*install.*pnpm build/);
  });

  it('measures both in turn, skips benchmarks that the other lacks, and goes on after a failure', async () => {
    await write('apps/bench/src/main.ts', STAND_IN);
    await write('packages/driver/dist/index.js', '');
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const other = new OtherCheckout(folder);
    const lines: string[] = [];
    const note = (line: string): void => void lines.push(line);
    const found = await runAgainst({
      benchmarks: [benchmark('unknown'), benchmark('known')],
      settings,
      other,
      run: (_, { rounds }) => Promise.resolve({ metrics: [metric('rate', 1), metric('rounds', rounds)] }),
      print: note,
      warn: note,
    });
    expect(found).toMatchObject({
      metrics: { rate: { ours: 1, theirs: 2, ratio: 0.5 }, rounds: { ratio: 1 } },
      onlyOurs: [],
      onlyTheirs: [],
      failed: [],
    });
    expect(lines.join('\n')).toContain('has no benchmark unknown');

    const broken = await runAgainst({
      benchmarks: [benchmark('known')],
      settings,
      other,
      run: () => Promise.reject(new Error('no server')),
      print: note,
      warn: note,
    });
    expect(broken.failed).toEqual(['known']);
    expect(lines.join('\n')).toContain('no server');
  });
});
