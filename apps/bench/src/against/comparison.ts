import { betterOf, type Metric } from '../benchmark.ts';
import { median } from '../measure/estimate.ts';
import { figure, valueText } from '../report/metric-line.ts';
import type { Values } from './other-checkout.ts';

/** One metric of both checkouts. */
export interface Comparison {
  /** The medians of the rounds. */
  readonly ours: number;
  readonly theirs: number;
  /** Ours over theirs: the median of the rounds, the least and the greatest. */
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
  /** More than 5 % on the wrong side; `undefined` where neither side is the better one. */
  readonly worse: boolean | undefined;
}

/** What one round measured of a benchmark. */
export interface Round {
  readonly ours: readonly Metric[];
  readonly theirs: Values;
}

/** What the rounds of a benchmark say. */
export interface Compared {
  readonly metrics: Readonly<Record<string, Comparison>>;
  readonly onlyOurs: readonly string[];
  readonly onlyTheirs: readonly string[];
}

const TOLERANCE = 0.05;

/** Compares metrics by name, round by round: what slows a whole round down is on both sides of its ratio. */
export function compare(rounds: readonly Round[]): Compared {
  const ours = new Map(rounds.flatMap((round) => round.ours.map((metric) => [metric.name, metric])));
  const theirs = new Set(rounds.flatMap((round) => Object.keys(round.theirs)));
  const both = [...ours.values()].filter(({ name }) => theirs.has(name));
  return {
    metrics: Object.fromEntries(both.map((metric) => [metric.name, comparisonOf(metric, rounds)])),
    onlyOurs: [...ours.keys()].filter((name) => !theirs.has(name)),
    onlyTheirs: [...theirs].filter((name) => !ours.has(name)),
  };
}

function comparisonOf(metric: Metric, rounds: readonly Round[]): Comparison {
  const pairs = rounds.flatMap(({ ours, theirs }) => {
    const mine = ours.find(({ name }) => name === metric.name)?.value;
    const other = theirs[metric.name];
    return mine === undefined || other === undefined ? [] : [{ mine, other }];
  });
  // Of two zeros neither is greater.
  const ratios = pairs.map(({ mine, other }) => (mine === other ? 1 : mine / other));
  const ratio = median(ratios);
  const better = betterOf(metric);
  return {
    ours: median(pairs.map(({ mine }) => mine)),
    theirs: median(pairs.map(({ other }) => other)),
    ratio,
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    worse: better && (better === 'more' ? ratio < 1 - TOLERANCE : ratio > 1 + TOLERANCE),
  };
}

/** One metric of both checkouts, in a line. */
export function comparisonLine(name: string, unit: Metric['unit'], compared: Comparison): string {
  const { ours, theirs, ratio, least, most, worse } = compared;
  const mark = worse === undefined ? '     ' : worse ? 'WORSE' : 'ok   ';
  const values = `${valueText({ value: ours, unit })} against ${valueText({ value: theirs, unit })}`;
  return `${mark} ${name.padEnd(36)} ${values.padEnd(36)} ratio ${figure(ratio)} (${figure(least)} – ${figure(most)})`;
}
