import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { freePort, HOST } from './loopback.ts';
import { serverProgram } from './server-program.ts';

/** A server of this machine, `redis-server` or what `REDIS_SERVER` names, which tests and faults do what they like with. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** For the harness' own commands. It outlives downtime: what is sent meanwhile waits until the server is back. */
  readonly client: Redis;
  /** Stops it in its tracks (SIGSTOP): connections stay, nothing is answered. */
  pause(): void;
  /** Lets it go on (SIGCONT). */
  resume(): void;
  /** Kills it (SIGKILL) and waits for its end. */
  kill(): Promise<void>;
  /** Starts it anew on the same port, with what was saved (`client.save()`), else empty; one that runs is killed before. */
  restart(): Promise<void>;
  /** Ends it for good, its client and its files as well. */
  stop(): Promise<void>;
}

/** What a server may be given. */
export interface StartRedisOptions {
  /** Settings as of the configuration file, by name. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** How a server of a special kind is started and spoken to. */
export interface ServerKind {
  /** Makes the arguments; the folder is the server's own, and lasts until `stop()`. */
  readonly args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>;
  readonly ready: RegExp;
  readonly port?: number | undefined;
  readonly scheme?: 'redis' | 'rediss';
  /** How the harness' own client connects; asked once the server has started. */
  readonly client?: () => RedisOptions;
}

const READY = /Ready to accept connections/;
const TRIES = 3;

/** Starts a standalone server; with other settings given, one of these. It keeps nothing over a restart. */
export function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  return startServer({
    args: (port, folder) => settings({ ...standaloneSettings(port, folder), ...options.args }),
    ready: READY,
    port: options.port,
  });
}

/** The settings of every server that holds data. */
export function standaloneSettings(port: number, folder: string): Record<string, string> {
  return { port: String(port), bind: HOST, dir: folder, save: '', appendonly: 'no' };
}

/** Settings, as the words of a command line. */
export function settings(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Starts a server of any kind. */
export async function startServer(kind: ServerKind): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'stateful-route-redis-'));
  try {
    const [port, first] = await startSomewhere(kind, folder);
    return serverOf(kind, folder, port, first);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startSomewhere(kind: ServerKind, folder: string): Promise<[number, GuardedProcess]> {
  for (let attempt = 1; ; attempt++) {
    const port = kind.port ?? (await freePort());
    try {
      return [port, await startAt(kind, folder, port)];
    } catch (error) {
      // Another process may have taken the port in between.
      if (kind.port !== undefined || attempt === TRIES || !/in use/.test(String(error))) throw error;
    }
  }
}

async function startAt(kind: ServerKind, folder: string, port: number): Promise<GuardedProcess> {
  return startGuarded(serverProgram(), await kind.args(port, folder), kind.ready);
}

function serverOf(kind: ServerKind, folder: string, port: number, first: GuardedProcess): RedisServer {
  let current = first;
  const client = new Redis({
    host: HOST,
    port,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(10 * attempt, 100),
    ...kind.client?.(),
  });
  // A server that is down is what tests make; the commands that wait for it say enough.
  client.on('error', () => {});
  return {
    host: HOST,
    port,
    url: `${kind.scheme ?? 'redis'}://${HOST}:${port}`,
    client,
    pause: () => current.signal('SIGSTOP'),
    resume: () => current.signal('SIGCONT'),
    kill: () => current.kill(),
    restart: async () => {
      await current.kill();
      current = await startAt(kind, folder, port);
    },
    stop: async () => {
      client.disconnect();
      await current.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
