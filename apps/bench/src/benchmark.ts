import type { Figure } from './report/figure.ts';

/** The settings of a run. */
export interface BenchSettings {
  readonly seed: number;
  /** A median is that of so many rounds. */
  readonly rounds: number;
  /** A factor on every amount of work: 1 for published figures, less for a quick check that it runs. */
  readonly scale: number;
  /** A log to replay, in Common or Combined Log Format. Without it nothing is replayed. */
  readonly log?: string | undefined;
  /** The Redis to measure on. Without it a server is started. */
  readonly url?: string | undefined;
}

/** The settings of a benchmark, and its output. */
export interface BenchContext extends BenchSettings {
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

/** A bound that a metric should keep. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One measured number: the median of the rounds of a run. */
export interface Metric {
  /** The key in the JSON. */
  readonly name: string;
  /** The description on the page. */
  readonly shown: string;
  /** The median of the rounds. */
  readonly value: number;
  /** The least and the greatest of the rounds; absent if every run gives the same number. */
  readonly spread?: readonly [least: number, greatest: number] | undefined;
  readonly unit: 'ratio' | 'bytes' | 'round trips' | 'share' | 'users' | 'pods' | 'ms';
  /** `undefined`: the metric is only reported. */
  readonly goal?: Goal | undefined;
  /** Which direction is better, for a metric without a goal. */
  readonly better?: 'more' | 'less' | undefined;
}

/** The results of a benchmark. */
export interface Findings {
  readonly metrics: readonly Metric[];
  /** Tables and plots for the page, in order. */
  readonly figures?: readonly Figure[] | undefined;
}

/** A benchmark and its text on the page. */
export interface Benchmark {
  /** The name for `--only`. */
  readonly name: string;
  /** The heading on the page. */
  readonly title: string;
  /** What is compared with what, and how: a paragraph of the page. */
  readonly about: string;
  /** Conclusions from the figures, in Markdown. */
  readonly notes?: string | undefined;
  readonly run: (context: BenchContext) => Promise<Findings>;
}

/** Whether a metric meets its goal; `undefined` if it has none. */
export function isMet({ value, goal }: Metric): boolean | undefined {
  if (!goal) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** Which direction is better for a metric; `undefined` if neither is. */
export function betterOf({ goal, better }: Metric): 'more' | 'less' | undefined {
  if (!goal) return better;
  return 'atLeast' in goal ? 'more' : 'less';
}
