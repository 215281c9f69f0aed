import type { Figure } from './report/figure.ts';

/** How a benchmark is to be run. */
export interface BenchSettings {
  readonly seed: number;
  /** How many rounds a median is made of. */
  readonly rounds: number;
  /** A factor on every amount of work: 1 for the figures that are published, less to see that it runs. */
  readonly scale: number;
  /** The real traffic that is replayed, in Common or Combined Log Format; without it nothing is replayed. */
  readonly log?: string | undefined;
  /** The Redis that is measured on; without it a server is started. */
  readonly url?: string | undefined;
}

/** What a benchmark runs in. */
export interface BenchContext extends BenchSettings {
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

/** The least or the most that a metric is to be. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One number that says how good something is, made of several rounds of one run. */
export interface Metric {
  /** As it stands in the JSON. */
  readonly name: string;
  /** What it is, in a sentence for the page. */
  readonly shown: string;
  /** The median over the rounds. */
  readonly value: number;
  /** The least and the greatest of the rounds; a figure without chance has none. */
  readonly spread?: readonly [least: number, greatest: number] | undefined;
  readonly unit: 'ratio' | 'bytes' | 'round trips' | 'share';
  /** `undefined`: it is reported and has no goal. */
  readonly goal?: Goal | undefined;
  /** Whether more or less of it is better, where no goal says so. */
  readonly better?: 'more' | 'less' | undefined;
}

/** What a benchmark found. */
export interface Findings {
  readonly metrics: readonly Metric[];
  /** Tables and plots for the page, in order. */
  readonly figures?: readonly Figure[] | undefined;
}

/** Something to measure. */
export interface Benchmark {
  /** Also what `--only` takes. */
  readonly name: string;
  /** The heading on the page. */
  readonly title: string;
  /** What is compared with what, and how, in a paragraph for the page. */
  readonly about: string;
  /** What somebody has to say about what was found, in Markdown; it stays when the page is written anew. */
  readonly notes?: string | undefined;
  readonly run: (context: BenchContext) => Promise<Findings>;
}

/** Whether a metric is as good as it is to be; `undefined` where it has no goal. */
export function isMet({ value, goal }: Metric): boolean | undefined {
  if (!goal) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** Whether more or less of a metric is better; `undefined` where neither is. */
export function betterOf({ goal, better }: Metric): 'more' | 'less' | undefined {
  if (!goal) return better;
  return 'atLeast' in goal ? 'more' : 'less';
}
