import { fileURLToPath } from 'node:url';
import { exitStatusOf, FAILED, output } from '@stateful-route/lab/command-line';
import { OtherCheckout } from './against/other-checkout.ts';
import { runAgainst } from './against/run-against.ts';
import { benchmarks } from './benchmarks/all.ts';
import { parseOptions } from './cli/options.ts';
import { readEnvironment } from './lab/environment.ts';
import { runApart } from './process/run-apart.ts';
import type { Measured } from './report/results.ts';
import { writePage } from './report/write-page.ts';
import { runBench, type RunOptions } from './run-bench.ts';

const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));

const { out, err } = output;

/** Resolves with the exit status. */
async function main(args: readonly string[]): Promise<number> {
  const names = benchmarks.map(({ name }) => name);
  const { only, json, write, against, ...settings } = parseOptions(args, names, output);
  const other = against === undefined ? undefined : new OtherCheckout(against);
  const environment = await readEnvironment(settings);
  const say = (line: string): void => err(`     ${line}\n`);
  const chosen: RunOptions = {
    benchmarks: benchmarks.filter(({ name }) => only.length === 0 || only.includes(name)),
    settings,
    run: ({ name }, each) => runApart(name, { ...each, say }),
    print: (line) => out(`${line}\n`),
    warn: (line) => err(`${line}\n`),
  };
  if (other) {
    const { failed, ...compared } = await runAgainst({ ...chosen, other });
    if (json) out(`${JSON.stringify({ against: other.folder, ...compared, environment })}\n`);
    return failed.length === 0 ? 0 : FAILED;
  }
  const { found, failed } = await runBench(chosen);
  const metrics = Object.fromEntries(
    [...found.values()].flatMap((findings) => findings.metrics.map(({ name, value }) => [name, value])),
  );
  const everything = only.length === 0 && settings.scale === 1 && failed.length === 0;
  if (write || everything) {
    const results: Readonly<Record<string, Measured>> = Object.fromEntries(
      [...found]
        // A benchmark that measured nothing (no --log) keeps its last result.
        .filter(([, { metrics, figures = [] }]) => metrics.length + figures.length > 0)
        .map(([{ name }, findings]) => [name, { ...findings, environment }]),
    );
    await writePage(DOCS, benchmarks, results);
    err('written: docs/benchmarks.md\n');
  }
  if (json) out(`${JSON.stringify({ metrics, environment })}\n`);
  return failed.length === 0 ? 0 : FAILED;
}

// Ends the servers that are still running.
process.exit(await exitStatusOf(main));
