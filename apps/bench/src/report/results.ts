import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from '../benchmark.ts';
import type { Environment } from '../lab/environment.ts';

/** What a benchmark found, and in which surroundings. */
export interface Result extends Findings {
  readonly environment: Environment;
}

/** The last results, by the benchmarks' names. */
export type Results = Readonly<Record<string, Result>>;

const FILE = 'results.json';

/** What was written down before; nothing on the first run. */
export async function readResults(folder: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Writes results down, so that a page can be made of runs that measured a part each. */
export async function writeResults(folder: string, results: Results): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE), `${JSON.stringify(results, undefined, 2)}\n`);
}
