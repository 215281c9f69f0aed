import { type Goal, isMet, type Metric } from '../benchmark.ts';

/** A number with three significant digits; whole numbers in full. */
export function figure(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

/** A goal, such as "at least 3". */
export function goalText(goal: Goal): string {
  return 'atLeast' in goal ? `at least ${goal.atLeast}` : `at most ${goal.atMost}`;
}

/** The least and the greatest of the rounds. */
export function spreadText({ spread }: Metric): string {
  return spread ? `${figure(spread[0])} – ${figure(spread[1])}` : '';
}

/** A metric's value, with its unit. */
export function valueText({ value, unit }: Pick<Metric, 'value' | 'unit'>): string {
  if (unit === 'ratio') return figure(value);
  return unit === 'share' ? `${(value * 100).toFixed(1)} %` : `${figure(value)} ${unit}`;
}

/** One line about a metric. */
export function metricLine(metric: Metric): string {
  const met = isMet(metric);
  const mark = met === undefined ? '    ' : met ? 'ok  ' : 'MISS';
  const goal = metric.goal ? `, ${goalText(metric.goal)}` : '';
  const spread = metric.spread ? ` (${spreadText(metric)})` : '';
  const measured = `${valueText(metric)}${spread}${goal}`;
  return `${mark} ${metric.name.padEnd(34)} ${measured.padEnd(44)} ${metric.shown}`;
}
