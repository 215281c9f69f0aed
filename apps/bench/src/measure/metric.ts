import type { Goal, Metric } from '../benchmark.ts';
import type { Table } from '../report/figure.ts';
import { estimate, type Estimate } from './estimate.ts';
import type { Samples } from './rounds.ts';

/** The ratio of two sides as a metric: with a goal, or with what is better, or with neither. */
export function ratioMetric(
  name: string,
  shown: string,
  found: Estimate,
  aim?: Goal | Metric['better'],
): Metric {
  const metric: Metric = { name, shown, ...found, unit: 'ratio' };
  return typeof aim === 'object' ? { ...metric, goal: aim } : { ...metric, better: aim };
}

/** The absolute values of each side, from which the ratios are computed. */
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
