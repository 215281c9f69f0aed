import type { Goal, Metric } from '../benchmark.ts';
import type { Table } from '../report/figure.ts';
import { estimate, type Estimate } from './estimate.ts';
import type { Samples } from './rounds.ts';

/** A metric that says how many times as much one side is as the other. */
export function ratioMetric(name: string, shown: string, found: Estimate, goal?: Goal): Metric {
  return { name, shown, ...found, unit: 'ratio', goal };
}

/** What was measured of each side, as it was: the ratios are made of these. */
export function samplesTable(caption: string, unit: string, samples: Samples<string>): Table {
  return {
    kind: 'table',
    caption,
    columns: ['', `median, ${unit}`, 'least', 'most'],
    rows: Object.entries(samples).map(([side, values]) => {
      const { value, spread } = estimate(values);
      return [side, value, ...spread];
    }),
  };
}

/** An amount of work, scaled. */
export function scaled(amount: number, scale: number, least = 1): number {
  return Math.max(least, Math.round(amount * scale));
}
