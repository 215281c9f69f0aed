import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RouteConfigInput } from '@stateful-route/driver';
import { until } from '@stateful-route/harness';
import { SOURCE_FLAGS } from '@stateful-route/lab/process';
import { sessionProcesses } from './session-processes.ts';
import { freePort, HOST } from '@stateful-route/testkit/redis';

const BIN = fileURLToPath(new URL('src/bin.ts', import.meta.resolve('@stateful-route/agent/package.json')));
const START_MS_MAX = 60_000;

/** What a child starts beside itself: nothing; a process of its session; one that leaves it; one that is stopped. */
export const FAMILIES = ['alone', 'grandchild', 'leaver', 'stopped'] as const;

/** One of {@link FAMILIES}. */
export type Family = (typeof FAMILIES)[number];

/** An HTTP server that answers 200, and its family, which forks again and again. */
const CHILD = `
const { spawn } = require('node:child_process');
const [family, port] = process.argv.slice(1);
let leaver;
if (family !== 'alone') {
  const detached = family === 'leaver';
  const other = spawn('sh', ['-c', 'for i in $(seq 20000); do sleep 0.01; done'], { detached, stdio: 'ignore' });
  if (detached) leaver = other.pid;
  if (family === 'stopped') other.kill('SIGSTOP');
}
require('node:http').createServer((_, response) => response.end()).listen(Number(port), '${HOST}');
// Whatever becomes of the scenario, nothing of this outlives it for long.
setTimeout(() => process.exit(), 300_000);
console.log('child ' + process.pid + ' ' + (leaver ?? process.pid));
`;

/** Options of an agent. */
export interface AgentProcessOptions {
  readonly redis: string;
  readonly namespace: string;
  readonly service: string;
  readonly podId: number;
  readonly family: Family;
  readonly config: RouteConfigInput;
}

/** An agent with a child, in processes of their own. */
export class AgentProcess {
  readonly podId: number;
  readonly family: Family;
  /** The child's session, and that of the process that left it. */
  readonly #sessions: readonly number[];
  readonly #agent: ChildProcess;
  readonly #socketPath: string;
  readonly #folder: string;

  private constructor(
    { podId, family }: AgentProcessOptions,
    parts: { agent: ChildProcess; socketPath: string; folder: string; sessions: readonly number[] },
  ) {
    this.podId = podId;
    this.family = family;
    this.#sessions = parts.sessions;
    this.#agent = parts.agent;
    this.#socketPath = parts.socketPath;
    this.#folder = parts.folder;
  }

  /** Resolves when the pod is ready. */
  static async start(options: AgentProcessOptions): Promise<AgentProcess> {
    const { redis, namespace, service, podId, family, config } = options;
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'agent-'));
    const socketPath = join(folder, 'agent.sock');
    const place = [
      '--redis',
      redis,
      '--namespace',
      namespace,
      '--service',
      service,
      '--ordinal',
      String(podId),
    ];
    const child = ['--exec', '--', process.execPath, '-e', CHILD, family, String(port)];
    const agent = spawn(
      process.execPath,
      [
        ...SOURCE_FLAGS,
        BIN,
        ...place,
        '--address',
        `${HOST}:${port}`,
        '--socket',
        socketPath,
        '--health',
        `http://${HOST}:${port}/`,
        '--config',
        JSON.stringify(config),
        '--log-level',
        'ERROR',
        ...child,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let out = '';
    agent.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const isReady = async (): Promise<boolean> => {
      if (agent.exitCode !== null) throw new Error(`The agent ended with ${agent.exitCode}.`);
      return (await ask(socketPath, 'GET', '/readyz')).status === 200;
    };
    await until(`the agent of pod ${podId} is ready`, isReady, { everyMs: 20, withinMs: START_MS_MAX });
    const [, ...sessions] = /child (\d+) (\d+)/.exec(out) ?? [];
    return new AgentProcess(options, { agent, socketPath, folder, sessions: sessions.map(Number) });
  }

  /** Claims a user, as the child would, and takes no others. */
  async claim(uid: string): Promise<void> {
    const { status, body } = await ask(this.#socketPath, 'POST', `/v1/users/${uid}/claim`);
    if (status !== 200) throw new Error(`The agent of pod ${this.podId} did not claim ${uid}: ${body}`);
    await ask(this.#socketPath, 'PUT', '/v1/pod', '{"routingState":"DENY_NEW_CALL"}');
  }

  /** The processes that came from the child and can still act. */
  livingProcesses(): readonly number[] {
    return sessionProcesses(this.#sessions);
  }

  /** Kills the child alone (SIGKILL). */
  killChild(): void {
    process.kill(this.#sessions[0]!, 'SIGKILL');
  }

  /** Kills the agent alone (SIGKILL): its child lives. */
  killAgent(): void {
    this.#agent.kill('SIGKILL');
  }

  async end(): Promise<void> {
    this.#agent.kill('SIGKILL');
    for (const session of this.#sessions) {
      try {
        process.kill(-session, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    if (this.#agent.exitCode === null && this.#agent.signalCode === null) await once(this.#agent, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Asks an agent. */
function ask(
  socketPath: string,
  method: string,
  path: string,
  sent = '',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, headers: { host: 'localhost' } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode!, body }));
    });
    asked.once('error', reject);
    asked.end(sent);
  });
}
