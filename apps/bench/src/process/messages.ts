import type { BenchSettings, Findings } from '../benchmark.ts';

/** What the process of one benchmark is told. */
export interface Order {
  readonly name: string;
  readonly settings: BenchSettings;
}

/** What it tells. */
export type Report =
  | { readonly type: 'said'; readonly line: string }
  | { readonly type: 'found'; readonly findings: Findings }
  | { readonly type: 'failed'; readonly why: string };
