import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** How a process of the demo ended. */
export interface DemoRun {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process of the demo that runs. */
export interface DemoProcess {
  readonly out: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /**
   * Resolves when the process has ended, and with it every process it started: each of them holds on to its standard
   * error.
   */
  readonly ended: Promise<DemoRun>;
}

/** Starts the demo as `pnpm demo` does. */
export function startDemo(args: readonly string[]): DemoProcess {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@stateful-route/source',
      '--import',
      '@oxc-node/core/register',
      'apps/demo/src/main.ts',
      ...args,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<DemoRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
  });
  return { out: () => out, kill: (signal) => child.kill(signal), ended };
}

/** Runs the demo to its end. */
export function runDemoProcess(...args: readonly string[]): Promise<DemoRun> {
  return startDemo(args).ended;
}
