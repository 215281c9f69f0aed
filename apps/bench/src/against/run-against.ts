import type { Benchmark, BenchSettings, Findings } from '../benchmark.ts';
import { type Compared, type Comparison, comparisonLine, compare, type Round } from './comparison.ts';
import type { OtherCheckout } from './other-checkout.ts';
import type { RunOptions } from '../run-bench.ts';

/** What a comparison needs; `run` measures this checkout, and `rounds` is how often each checkout is measured. */
export interface AgainstOptions extends RunOptions {
  readonly other: OtherCheckout;
}

/** What a comparison found, over all benchmarks. */
export interface AgainstRun extends Compared {
  /** The names of the benchmarks that could not be measured on one of the sides. */
  readonly failed: readonly string[];
}

/** Each process warms up, then takes the median of so many rounds of its own. */
const ROUNDS_OF_A_PROCESS = 3;

/** Measures each benchmark on both checkouts in turn, A B B A …, so that a busy machine slows both alike. */
export async function runAgainst(options: AgainstOptions): Promise<AgainstRun> {
  const { benchmarks, other, print, warn } = options;
  const metrics: Record<string, Comparison> = {};
  const onlyOurs: string[] = [];
  const onlyTheirs: string[] = [];
  const failed: string[] = [];
  for (const [at, benchmark] of benchmarks.entries()) {
    warn(`[${at + 1}/${benchmarks.length}] ${benchmark.name}: ${benchmark.title}`);
    try {
      if (!(await other.has(benchmark.name))) {
        warn(`     ${other.folder} has no benchmark ${benchmark.name}`);
        continue;
      }
      const rounds = await roundsOf(benchmark, options);
      const compared = compare(rounds);
      const units = new Map(rounds[0]!.ours.map(({ name, unit }) => [name, unit]));
      for (const [name, each] of Object.entries(compared.metrics)) {
        metrics[name] = each;
        print(comparisonLine(name, units.get(name)!, each));
      }
      onlyOurs.push(...compared.onlyOurs);
      onlyTheirs.push(...compared.onlyTheirs);
    } catch (error) {
      failed.push(benchmark.name);
      warn(`     ${benchmark.name} could not be measured: ${String(error)}`);
    }
  }
  if (onlyOurs.length > 0) print(`only here: ${onlyOurs.join(', ')}`);
  if (onlyTheirs.length > 0) print(`only in ${other.folder}: ${onlyTheirs.join(', ')}`);
  return { metrics, onlyOurs, onlyTheirs, failed };
}

async function roundsOf(
  benchmark: Benchmark,
  { settings, other, run, warn }: AgainstOptions,
): Promise<readonly Round[]> {
  const each: BenchSettings = { ...settings, rounds: ROUNDS_OF_A_PROCESS };
  const rounds: Round[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    warn(`     round ${round + 1} of ${settings.rounds}`);
    let ours: Findings;
    let theirs: Round['theirs'];
    if (round % 2 === 0) {
      ours = await run(benchmark, each);
      theirs = await other.measure(benchmark.name, each);
    } else {
      theirs = await other.measure(benchmark.name, each);
      ours = await run(benchmark, each);
    }
    rounds.push({ ours: ours.metrics, theirs });
  }
  return rounds;
}
