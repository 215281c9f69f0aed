import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** An example as a process of its own, on a free port. */
export class ChildProgram {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  private constructor(child: ChildProcess, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /**
   * @param program - below `examples`.
   * @param args - its arguments, which may need the port.
   */
  static async spawn(
    program: string,
    env: Readonly<Record<string, string>>,
    args: (port: number) => readonly string[] = () => [],
  ): Promise<ChildProgram> {
    const port = await freePort();
    const fromSources = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
    const child = spawn(process.execPath, [...fromSources, `examples/${program}`, ...args(port)], {
      cwd: root,
      env: { PATH: process.env['PATH'], PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ChildProgram(child, port);
  }

  /** How it ended, undefined while it runs; and what it has printed so far. */
  report(): { ending: number | NodeJS.Signals | undefined; output: string } {
    return { ending: this.#child.exitCode ?? this.#child.signalCode ?? undefined, output: this.#output };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/**
 * A port on which nobody listens. It is none of those that systems hand out by themselves: until the program has loaded,
 * such a one may be another's.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 20_000);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
