import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@stateful-route/harness';

const FROM_SOURCE = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const POD = fileURLToPath(new URL('pod-main.ts', import.meta.url));

/** A pod in a process of its own. */
export class PodProcess {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(redisUrl: string, namespace: string, podId: number): Promise<PodProcess> {
    const child = fork(POD, [redisUrl, namespace, String(podId)], { execArgv: FROM_SOURCE, silent: true });
    child.stdout?.resume();
    child.stderr?.resume();
    const [{ address }] = (await once(child, 'message')) as [{ address: string }];
    return new PodProcess(child, address);
  }

  /** Resolves when a request to `…/hold` is held, whose answer has begun. */
  async holds(): Promise<void> {
    await once(this.#child, 'message');
  }

  release(): void {
    this.#child.send('release');
  }

  /** Lets its users go to other pods, takes no others, and goes on. */
  async empty(): Promise<void> {
    this.#child.send('empty');
    await once(this.#child, 'message');
  }

  /** Lets its users go to other pods, and ends. */
  async drain(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

interface Listening {
  readonly listen: string;
  readonly admin?: string;
}

/** `stateful-route-gateway` in a process of its own. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #out = '';
  #err = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.#ended = once(child, 'close').then(([status]) => status as number | null);
  }

  static spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): GatewayProcess {
    return GatewayProcess.run([...FROM_SOURCE, BIN, ...args], env);
  }

  /** Any program of node. */
  static run(args: readonly string[], env: Readonly<Record<string, string>> = {}): GatewayProcess {
    return new GatewayProcess(
      spawn(process.execPath, [...args], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** Where it listens, once it does. */
  async listening(): Promise<{ readonly url: string; readonly admin: string }> {
    const { listen, admin } = await until('the gateway listens', () => {
      if (this.#child.exitCode !== null) throw new Error(this.#err);
      return this.log().find(({ message }) => message === 'The gateway listens') as Listening | undefined;
    });
    return { url: `http://${listen}`, admin: `http://${admin}` };
  }

  /** The lines of its log. */
  log(): Readonly<Record<string, unknown>>[] {
    return this.#err
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** How it ended, and what it printed. */
  async ended(): Promise<{ status: number | null; out: string; err: string }> {
    const status = await this.#ended;
    return { status, out: this.#out, err: this.#err };
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
