import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../benchmark.ts';
import { benchmarksPage } from './page.ts';
import { plotSvg } from './plot-svg.ts';
import { type Measured, readResults, writeResults } from './results.ts';

const INTRODUCTION = fileURLToPath(new URL('./introduction.md', import.meta.url));

/** Writes the page and its plots into a folder of documents. Benchmarks that were not measured keep their last result. */
export async function writePage(
  docs: string,
  benchmarks: readonly Benchmark[],
  measured: Readonly<Record<string, Measured>>,
): Promise<void> {
  const folder = join(docs, 'benchmarks');
  const known = new Set(benchmarks.map(({ name }) => name));
  const all = Object.entries({ ...(await readResults(folder)), ...measured });
  const results = Object.fromEntries(all.filter(([name]) => known.has(name)));
  await mkdir(folder, { recursive: true });
  await writeResults(folder, results);
  for (const { figures = [] } of Object.values(measured)) {
    for (const figure of figures) {
      if (figure.kind === 'plot') await writeFile(join(folder, `${figure.name}.svg`), plotSvg(figure));
    }
  }
  const introduction = await readFile(INTRODUCTION, 'utf8');
  await writeFile(join(docs, 'benchmarks.md'), benchmarksPage(introduction, benchmarks, results));
}
