import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@stateful-route/harness';
import { request } from 'undici';
import { afterAll, onTestFinished } from 'vitest';

const FROM_SOURCE = ['--conditions=@stateful-route/source', '--import', '@oxc-node/core/register'];
const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const POD = fileURLToPath(new URL('pod-main.ts', import.meta.url));

/** Of the pods' and the gateways' programs. */
export const NAMESPACE = 'game';

/** The arguments of a gateway of the service `room`, on ports that are free. */
export const ROOM = ['--namespace', NAMESPACE, '--service', 'room', '--uid', 'path:1'].concat(
  ['--listen', '127.0.0.1:0'],
  ['--admin', '127.0.0.1:0'],
);

let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** Writes a file that lasts as long as the tests of the test file. */
export function writeTestFile(name: string, text: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'gateway-program-'));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Starts a gateway that ends with the test. */
export function startGateway(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): GatewayProcess {
  const gateway = GatewayProcess.spawn(args, env);
  onTestFinished(() => gateway.kill());
  return gateway;
}

let files = 0;

/** Starts a gateway by a configuration file: of the service `room`, on ports that are free, unless the test says else. */
export function startWithFile(
  given: { readonly redis: object } & Readonly<Record<string, unknown>>,
): GatewayProcess {
  const config = {
    namespace: NAMESPACE,
    listen: '127.0.0.1:0',
    admin: { listen: '127.0.0.1:0' },
    services: [{ name: 'room', uid: { path: 1 } }],
    ...given,
  };
  // YAML contains JSON.
  return startGateway(['--config', writeTestFile(`gateway-${(files += 1)}.yaml`, JSON.stringify(config))]);
}

/** The whole answer to a request. */
export async function get(url: string, options: Parameters<typeof request>[1] = {}) {
  const { statusCode, headers, body } = await request(url, options);
  const text = await body.text();
  const isJson = String(headers['content-type']).includes('json');
  return {
    status: statusCode,
    headers,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

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
