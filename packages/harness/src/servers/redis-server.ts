import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { HOST, type LocalServer, startLocalServer } from '@stateful-route/testkit/redis';

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
  /** What its output says once it serves. Default: the line of a server that holds data. */
  readonly ready?: RegExp | undefined;
  readonly port?: number | undefined;
  readonly scheme?: 'redis' | 'rediss';
  /** How the harness' own client connects; asked once the server has started. */
  readonly client?: () => RedisOptions;
}

/** Starts a standalone server; with other settings given, one of these. It keeps nothing over a restart. */
export function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  return startServer({
    args: (port, folder) => settings({ ...standaloneSettings(port, folder), ...options.args }),
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
    const first = await startIn(folder, kind, kind.port);
    return serverOf(kind, folder, first);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function startIn(folder: string, kind: ServerKind, port?: number): Promise<LocalServer> {
  return startLocalServer({ args: (at) => kind.args(at, folder), ready: kind.ready, port });
}

function serverOf(kind: ServerKind, folder: string, { port, process }: LocalServer): RedisServer {
  let current = process;
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
      current = (await startIn(folder, kind, port)).process;
    },
    stop: async () => {
      client.disconnect();
      await current.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
