import { createRedisExecutors, type RedisExecutorsOptions } from '@stateful-route/adapter-redis';
import type { Executors } from '@stateful-route/core';
import {
  type RedisServer,
  startProxy,
  startRedis,
  type StartRedisOptions,
  type TcpProxy,
} from '@stateful-route/harness';
import { Endings } from './endings.ts';

/** The service of all labs. */
export const SERVICE = 'room';

/** What an experiment starts on Redis, ended in reverse order by `end`. */
export class Lab {
  readonly #endings = new Endings();

  /** Ends something else with the rest. */
  defer(end: () => unknown): void {
    this.#endings.add(end);
  }

  /** A server of its own. */
  async redis(options?: StartRedisOptions): Promise<RedisServer> {
    const server = await startRedis(options);
    this.defer(() => server.stop());
    return server;
  }

  /** A connection before a server that can be broken. */
  async proxy({ host, port }: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = await startProxy(host, port);
    this.defer(() => proxy.stop());
    return proxy;
  }

  /** The ports on Redis. */
  executors(options: RedisExecutorsOptions): Executors {
    const executors = createRedisExecutors(options);
    this.defer(() => executors.close());
    return executors;
  }

  /** Ends everything. Errors are ignored: what does not end here ends with the process. */
  async end(): Promise<void> {
    await this.#endings.run().catch(() => {});
  }
}

/** Runs something in a lab of its own, and ends the lab. */
export async function useLab<L extends Lab, T>(lab: L, run: (lab: L) => Promise<T>): Promise<T> {
  try {
    return await run(lab);
  } finally {
    await lab.end();
  }
}
