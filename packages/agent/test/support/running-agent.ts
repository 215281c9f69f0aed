import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const FROM_SOURCE = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];

/** The program in a process of its own. */
export class RunningAgent {
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [...FROM_SOURCE, BIN, ...args], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream!.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** What it and its child have printed so far. */
  get output(): string {
    return this.#output;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves with its exit status, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals> {
    await this.#ended;
    return this.child.exitCode ?? this.child.signalCode!;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}

/** An answer over a socket. */
export interface SocketAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request over a unix socket. Resolves with status 0 if nobody listens. */
export function askSocket(
  socketPath: string,
  method: string,
  path: string,
  headers = {},
): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    const asked = request(
      { socketPath, method, path, headers: { host: 'localhost', ...headers } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.once('end', () => resolve({ status: response.statusCode!, body }));
      },
    );
    asked.once('error', () => resolve({ status: 0, body: '' }));
    asked.end();
  });
}
