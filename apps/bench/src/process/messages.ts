import type { BenchSettings, Findings } from '../benchmark.ts';

/** What a process is to run. */
export interface Order {
  readonly name: string;
  readonly settings: BenchSettings;
}

/** What it reports. */
export type Report =
  | { readonly type: 'said'; readonly line: string }
  | { readonly type: 'found'; readonly findings: Findings }
  | { readonly type: 'failed'; readonly why: string };
