import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from '../benchmark.ts';
import type { Environment } from '../lab/environment.ts';
import type { ShownFigure } from './figure.ts';

/** What a run found of a benchmark, and the machine it was measured on. */
export interface Measured extends Findings {
  readonly environment: Environment;
}

/** What the page shows of a benchmark, and the machine it was measured on. */
export interface Result extends Pick<Findings, 'metrics'> {
  readonly figures?: readonly ShownFigure[] | undefined;
  readonly environment: Environment;
}

/** The last result of each benchmark, by name. */
export type Results = Readonly<Record<string, Result>>;

const FILE = 'results.json';

/** The results that were written before; none on the first run. */
export async function readResults(folder: string): Promise<Results> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** Writes results down, a line for each benchmark, so that a page can be made of runs that measured a part each. */
export async function writeResults(folder: string, results: Results): Promise<void> {
  const lines = Object.entries(results).map(
    ([name, result]) =>
      `${JSON.stringify(name)}: ${JSON.stringify({ ...result, figures: result.figures?.map(shown) })}`,
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE), `{\n${lines.join(',\n')}\n}\n`);
}

function shown(figure: ShownFigure): ShownFigure {
  if (figure.kind === 'table') return figure;
  const { kind, name, caption } = figure;
  return { kind, name, caption };
}
