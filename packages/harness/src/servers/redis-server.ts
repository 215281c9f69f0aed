import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { HOST, type LocalServer, startLocalServer } from '@stateful-route/testkit/redis';

/** A Redis server for one test, `redis-server` or the program at `REDIS_SERVER`. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** The harness' own client. Its commands wait while the server is down. */
  readonly client: Redis;
  /** Stops it (SIGSTOP): connections stay open, and nothing is answered. */
  pause(): void;
  /** Continues it (SIGCONT). */
  resume(): void;
  /** Kills it (SIGKILL) and waits for its end. */
  kill(): Promise<void>;
  /** Kills it if it runs, and starts it on the same port with the data of the last `client.save()`. */
  restart(): Promise<void>;
  /** Ends it, its client, and removes its files. */
  stop(): Promise<void>;
}

/** Options of a server. */
export interface StartRedisOptions {
  /** Settings of the configuration file, by name. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** How to start a kind of server and connect to it. */
export interface ServerKind {
  /** Returns the arguments. The server owns the folder until `stop()`. */
  readonly args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>;
  /** What its output says once it serves. Default: the line of a server that holds data. */
  readonly ready?: RegExp | undefined;
  readonly port?: number | undefined;
  readonly scheme?: 'redis' | 'rediss';
  /** Options of the harness' own client. Called after the server has started. */
  readonly client?: () => RedisOptions;
}

/** Starts a standalone server. It does not persist data by default. */
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

/** Settings as command-line arguments. */
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
  // Tests take servers down on purpose.
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
