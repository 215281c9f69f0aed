import type { Benchmark, BenchSettings, Findings } from './benchmark.ts';
import { metricLine } from './report/metric-line.ts';

/** What to run, and how. */
export interface RunOptions {
  readonly benchmarks: readonly Benchmark[];
  readonly settings: BenchSettings;
  /** Runs one benchmark. */
  readonly run: (benchmark: Benchmark, settings: BenchSettings) => Promise<Findings>;
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** The results of a run, by benchmark. */
export interface BenchRun {
  readonly found: ReadonlyMap<Benchmark, Findings>;
  /** The names of the benchmarks that failed. */
  readonly failed: readonly string[];
}

/** Runs one benchmark after the other. The others run even if one fails. */
export async function runBench({ benchmarks, settings, run, print, warn }: RunOptions): Promise<BenchRun> {
  const found = new Map<Benchmark, Findings>();
  const failed: string[] = [];
  for (const [at, benchmark] of benchmarks.entries()) {
    const start = performance.now();
    warn(`[${at + 1}/${benchmarks.length}] ${benchmark.name}: ${benchmark.title}`);
    try {
      const findings = await run(benchmark, settings);
      found.set(benchmark, findings);
      for (const metric of findings.metrics) print(metricLine(metric));
    } catch (error) {
      failed.push(benchmark.name);
      warn(`     ${benchmark.name} could not be measured: ${String(error)}`);
    }
    warn(`     took ${((performance.now() - start) / 1_000).toFixed(1)} s`);
  }
  return { found, failed };
}
