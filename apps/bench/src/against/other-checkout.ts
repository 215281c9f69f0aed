import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchSettings } from '../benchmark.ts';

/** The values of metrics by name. */
export type Values = Readonly<Record<string, number>>;

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
    const { status } = await this.#bench(['--only', name, '--help']);
    return status === 0;
  }

  /** Runs one benchmark in a process of the checkout's own. */
  async measure(name: string, { rounds, scale, seed, log, url }: BenchSettings): Promise<Values> {
    const args = ['--only', name, '--json', `--rounds=${rounds}`, `--scale=${scale}`, `--seed=${seed}`];
    if (log !== undefined) args.push('--log', resolve(log));
    if (url !== undefined) args.push('--url', url);
    const { status, out, err } = await this.#bench(args);
    const last = out.trimEnd().split('\n').at(-1) ?? '';
    if (status !== 0) throw new Error(`bench of ${this.folder} ended with status ${status}:\n${err}`);
    return (JSON.parse(last) as { readonly metrics: Values }).metrics;
  }

  #bench(args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
    const node = ['--expose-gc', '--import', '@oxc-node/core/register', MAIN];
    const child = spawn(process.execPath, [...node, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    return new Promise((done, reject) => {
      child.once('error', reject);
      child.once('close', (status) => done({ status, out, err }));
    });
  }
}
