import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { freePort } from './loopback.ts';

const TRIES = 3;

/** Options of a server on this machine. */
export interface LocalServerOptions {
  readonly args: (port: number) => readonly string[] | Promise<readonly string[]>;
  /** The output that shows that it serves. Default: the line of a server that stores data. */
  readonly ready?: RegExp | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** `REDIS_SERVER` is the program's path, by default `redis-server` on the PATH. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A `redis-server` on this machine: standalone, a Sentinel, or a node of a Cluster. */
export interface LocalServer {
  readonly port: number;
  readonly process: GuardedProcess;
}

/** Starts a server that ends with this process. Without `port` it tries another one if a port is in use. */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  const { args, ready = /Ready to accept connections/, env = process.env } = options;
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      const program = env['REDIS_SERVER'] || 'redis-server';
      return { port, process: await startGuarded(program, await args(port), ready, env) };
    } catch (error) {
      // Another process may have taken the free port before the server did.
      if (options.port !== undefined || attempt === TRIES || !/in use/.test(String(error))) throw error;
    }
  }
}
