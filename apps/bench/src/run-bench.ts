import type { Benchmark, BenchSettings, Findings } from './benchmark.ts';
import { metricLine } from './report/metric-line.ts';

/** What a run needs. */
export interface RunOptions {
  readonly benchmarks: readonly Benchmark[];
  readonly settings: BenchSettings;
  /** How one of them is run. */
  readonly run: (benchmark: Benchmark, settings: BenchSettings) => Promise<Findings>;
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** What a run found, by benchmark. */
export interface BenchRun {
  readonly found: ReadonlyMap<Benchmark, Findings>;
  /** The names of those that could not be measured. */
  readonly failed: readonly string[];
}

/** Runs one benchmark after the other. One that fails does not keep the others. */
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
