import { type GuardedProcess, startGuarded } from './guarded-process.ts';
import { freePort } from './loopback.ts';

const TRIES = 3;

/** How to start a server of this machine. */
export interface LocalServerOptions {
  readonly args: (port: number) => readonly string[] | Promise<readonly string[]>;
  /** What its output says once it serves. Default: the line of a server that holds data. */
  readonly ready?: RegExp | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** `REDIS_SERVER` is the program's path; without it, `redis-server` is looked up on the PATH. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** A `redis-server` of this machine: a standalone one, a Sentinel, a node of a Cluster. */
export interface LocalServer {
  readonly port: number;
  readonly process: GuardedProcess;
}

/** Starts a server that ends with this process. Without a given port it tries others when one is in use. */
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
