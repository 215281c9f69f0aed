import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { BenchSettings } from '../benchmark.ts';

/** The values of metrics by name. */
export type Values = Readonly<Record<string, number>>;

const run = promisify(execFile);
const MAIN = 'apps/bench/src/main.ts';
const BUILT = ['node_modules/@oxc-node/core', 'packages/driver/dist/index.js'];

/** A built checkout of another commit. It is measured by its own benchmarks, as its API may differ from ours. */
export class OtherCheckout {
  readonly folder: string;

  /** @throws Error that says what to run, when the folder is no built checkout. */
  constructor(folder: string) {
    this.folder = resolve(folder);
    if (!existsSync(join(this.folder, MAIN))) {
      throw new Error(`${this.folder} is no checkout of this repository: it has no ${MAIN}.`);
    }
    if (BUILT.some((path) => !existsSync(join(this.folder, path)))) {
      throw new Error(
        `${this.folder} is not built. Run there: npx -y pnpm@10.34.9 install --frozen-lockfile && npx pnpm build`,
      );
    }
  }

  /** Whether the checkout has a benchmark of this name. */
  async has(name: string): Promise<boolean> {
    try {
      await this.#bench(['--only', name, '--help']);
      return true;
    } catch (error) {
      if (String(error).includes('must be one of')) return false;
      throw error;
    }
  }

  /** Runs one benchmark in processes of the checkout's own. */
  async measure(name: string, { rounds, scale, seed, log, url }: BenchSettings): Promise<Values> {
    const args = ['--only', name, '--json', `--rounds=${rounds}`, `--scale=${scale}`, `--seed=${seed}`];
    if (log !== undefined) args.push('--log', resolve(log));
    if (url !== undefined) args.push('--url', url);
    const out = await this.#bench(args);
    const last = out.trimEnd().split('\n').at(-1) ?? '';
    return (JSON.parse(last) as { readonly metrics: Values }).metrics;
  }

  /** Resolves with the standard output; rejects with the standard error where the exit status is not 0. */
  async #bench(args: readonly string[]): Promise<string> {
    const flags = ['--expose-gc', '--import', '@oxc-node/core/register'];
    const { stdout } = await run(process.execPath, [...flags, MAIN, ...args], { cwd: this.folder });
    return stdout;
  }
}
