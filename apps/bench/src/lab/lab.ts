import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { type Executors, silentLogger } from '@stateful-route/core';
import { createStatefulRoute, type RouteConfigInput, type StatefulRoute } from '@stateful-route/driver';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import { testRedis } from '@stateful-route/testkit/redis';
import { Redis } from 'ioredis';
import type { BenchSettings } from '../benchmark.ts';

/** The service of all benchmarks. */
export const SERVICE = 'room';

/** The configuration of all routes. Its heartbeats and readings are so rare that they take little of what is measured. */
export const ROUTE_CONFIG: RouteConfigInput = { profile: 'compat' };

/** What a benchmark starts, ended in the opposite order when it has run. */
export class Lab {
  readonly #url: string | undefined;
  readonly #ends: (() => unknown)[] = [];

  constructor({ url }: Pick<BenchSettings, 'url'>) {
    this.#url = url;
  }

  /** Ends something of the benchmark's own with the rest. */
  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  /** The address of the Redis that is measured on: the one that was given, else a server of the benchmark's own. */
  async redis(): Promise<string> {
    if (this.#url === undefined) return (await this.server()).url;
    const given = await testRedis({ REDIS_URL: this.#url });
    this.defer(() => given.stop());
    return given.url;
  }

  /** A server that holds nothing else, whatever was given. */
  async server(): Promise<RedisServer> {
    const server = await startRedis();
    this.defer(() => server.stop());
    return server;
  }

  /** A client as ioredis makes it, with its defaults. */
  async raw(url: string): Promise<Redis> {
    const client = new Redis(url);
    this.defer(() => client.disconnect());
    await client.ping();
    return client;
  }

  /** The ports on Redis, with a connection of their own. */
  executors(url: string): Executors {
    const executors = createRedisExecutors({ url });
    this.defer(() => executors.close());
    return executors;
  }

  /** A caller as a user makes it, that has loaded the service. */
  async caller(
    executors: Executors,
    namespace: string,
    services: readonly string[] = [SERVICE],
  ): Promise<StatefulRoute<undefined>> {
    const route = createStatefulRoute({
      executors,
      namespace,
      services,
      logger: silentLogger,
      config: ROUTE_CONFIG,
    });
    this.defer(() => route.stop());
    await route.start();
    return route;
  }

  /** Ends everything; a fault in one end does not keep the others. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) {
      try {
        await end();
      } catch {
        // What cannot be ended cleanly ends with the process.
      }
    }
  }
}

/** Runs something in a lab of its own. */
export async function inLab<T>(settings: BenchSettings, run: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = new Lab(settings);
  try {
    return await run(lab);
  } finally {
    await lab.end();
  }
}
