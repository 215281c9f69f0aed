import type { Executors } from '@stateful-route/core';
import {
  createStatefulRoute,
  type RouteConfigInput,
  silentLogger,
  type StatefulRoute,
} from '@stateful-route/driver';
import { Lab, SERVICE, useLab } from '@stateful-route/lab/redis';
import { testRedis } from '@stateful-route/testkit/redis';
import { type Cluster, Redis } from 'ioredis';
import type { BenchSettings } from '../benchmark.ts';

export { SERVICE };

/** The configuration of all routes. Heartbeats and refreshes are so rare that they hardly affect a measurement. */
export const ROUTE_CONFIG: RouteConfigInput = { profile: 'compat' };

/** What a benchmark starts, ended in reverse order after it has run. */
export class BenchLab extends Lab {
  readonly #url: string | undefined;

  constructor({ url }: Pick<BenchSettings, 'url'>) {
    super();
    this.#url = url;
  }

  /** The address of the Redis to measure on: the one that was given, else a server of the benchmark's own. */
  async redisUrl(): Promise<string> {
    if (this.#url === undefined) return (await this.redis()).url;
    const given = await testRedis({ REDIS_URL: this.#url });
    this.defer(() => given.stop());
    return given.url;
  }

  /** A client with ioredis' defaults. */
  raw(url: string): Promise<Redis> {
    return this.connected(new Redis(url));
  }

  /** A client that is connected, until the benchmark ends. */
  async connected<Client extends Redis | Cluster>(client: Client): Promise<Client> {
    this.defer(() => client.disconnect());
    await client.get('ready');
    return client;
  }

  /** A caller as an application makes it, which has loaded the services. */
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
}

/** Runs a benchmark in a lab of its own. */
export function inLab<T>(
  settings: Pick<BenchSettings, 'url'>,
  run: (lab: BenchLab) => Promise<T>,
): Promise<T> {
  return useLab(new BenchLab(settings), run);
}
