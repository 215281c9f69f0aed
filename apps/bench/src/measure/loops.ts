import type { Table } from '../report/figure.ts';
import type { Loop } from './closed-loop.ts';
import { estimate, type Estimate, quantile, ratio } from './estimate.ts';
import { mapSamples, type Samples } from './rounds.ts';

/** The rate of one side over that of another, round by round. */
export function rateRatio(over: readonly Loop[], under: readonly Loop[]): Estimate {
  return ratio(over.map(perSecond), under.map(perSecond));
}

/** The latencies in µs that this share of a side's calls kept, round by round. */
export function latencies(loops: readonly Loop[], share: number): number[] {
  return loops.map(({ latenciesUs }) => quantile(latenciesUs, share));
}

/** The rate of each side, and the latencies of its calls. */
export function loopsTable(caption: string, unit: string, loops: Samples<string, Loop>): Table {
  const rates = mapSamples(loops, perSecond);
  return {
    kind: 'table',
    caption,
    columns: ['', `median, ${unit}`, 'least', 'most', 'latency p50, µs', 'p99, µs'],
    rows: Object.entries(loops).map(([side, each]) => {
      const { value, spread } = estimate(rates[side]!);
      const [p50, p99] = [0.5, 0.99].map((share) => estimate(latencies(each, share)).value);
      return [side, value, ...spread, p50!, p99!];
    }),
  };
}

function perSecond(loop: Loop): number {
  return loop.perSecond;
}
