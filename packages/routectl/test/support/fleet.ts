import { silentLogger, type StatefulRouteForServerDriver } from '@stateful-route/core';
import { openRedisStore, type RedisSettings, type RedisStore } from '@stateful-route/adapter-redis';
import { createStatefulRoute, type PodRouteOptions, type StatefulRoute } from '@stateful-route/driver';
import { startCluster, startRedis, until } from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Cluster, Redis } from 'ioredis';
import { type Ended, run } from './routectl.ts';

/** A pod. */
export type Pod = StatefulRoute<StatefulRouteForServerDriver>;

/** Servers, plain commands on them, and the options by which the command reaches them. */
export interface Servers {
  readonly settings: RedisSettings;
  readonly flags: readonly string[];
  readonly redis: Redis | Cluster;
  stop(): Promise<void>;
}

export async function standalone(): Promise<Servers> {
  const { url, stop } = await startRedis({ args: { appendonly: 'yes' } });
  const redis = new Redis(url);
  return { settings: { url }, flags: ['--redis', url], redis, stop: ended(redis, stop) };
}

async function clustered(): Promise<Servers> {
  const cluster = await startCluster({ replicas: 0 });
  for (const { client } of cluster.nodes) await client.config('SET', 'appendonly', 'yes');
  const nodes = cluster.nodes.map(({ host, port }) => `${host}:${port}`);
  const redis = new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port })));
  return {
    settings: { cluster: nodes },
    flags: ['--cluster', nodes.join(',')],
    redis,
    stop: ended(redis, () => cluster.stop()),
  };
}

const ended = (redis: Redis | Cluster, stop: () => Promise<void>) => async (): Promise<void> => {
  redis.disconnect();
  await stop();
};

/** Kinds of servers, each with how they are started. */
export const kinds: readonly [string, () => Promise<Servers>][] = [
  ['one server', standalone],
  ['a Cluster', clustered],
];

/** Short enough that a test may wait for a lease. */
const config = { heartbeatSeconds: 0.3, leaseSeconds: 3, stateRefreshMs: 300 };

/** Pods of one namespace. */
export class Fleet {
  readonly namespace: string = uniqueNamespace();
  readonly servers: Servers;
  readonly store: RedisStore;
  readonly #flags: readonly string[];
  readonly #ends: (() => Promise<unknown>)[] = [];

  constructor(servers: Servers) {
    this.servers = servers;
    this.store = openRedisStore(servers.settings, { logger: silentLogger });
    this.#flags = [...servers.flags, '--namespace', this.namespace];
  }

  /** Starts a pod. */
  async pod(podId: number, options: Partial<PodRouteOptions> = {}): Promise<Pod> {
    const { pod } = await this.mortal(podId, options);
    return pod;
  }

  /** Starts a pod on a store of its own, that can be cut off from it as by a SIGKILL. */
  async mortal(
    podId: number,
    options: Partial<PodRouteOptions> = {},
  ): Promise<{ readonly pod: Pod; kill(): Promise<void> }> {
    const store = openRedisStore(this.servers.settings, { logger: silentLogger });
    const pod = createStatefulRoute({
      executors: store.executors,
      namespace: this.namespace,
      serviceName: 'room',
      address: `10.0.0.${podId}:8080`,
      logger: silentLogger,
      ...options,
      config: { ...config, ...options.config },
      podId,
    });
    await pod.start();
    let isAlive = true;
    const kill = async (): Promise<void> => {
      isAlive = false;
      await store.close();
    };
    this.#ends.push(async () => {
      if (isAlive) await pod.stop({ signal: AbortSignal.abort() });
      await store.close();
    });
    return { pod, kill };
  }

  /** Runs the command in this namespace. */
  routectl(...args: readonly string[]): Promise<Ended> {
    return run([...args, ...this.#flags]);
  }

  /** The arguments of a command in this namespace. */
  args(...args: readonly string[]): string[] {
    return [...args, ...this.#flags];
  }

  /** Runs the command with `--json`. Returns its result, and how it ended. */
  async json<T = Readonly<Record<string, unknown>>>(
    ...args: readonly string[]
  ): Promise<T & { readonly exit: number | null }> {
    const { status, out, err } = await this.routectl(...args, '--json');
    const line = out.trimEnd().split('\n').at(-1) ?? '';
    if (!line.startsWith('{')) throw new Error(`no JSON: ${out}${err}`);
    return { ...(JSON.parse(line) as T), exit: status };
  }

  /** Waits until a pod's entry is as it should be. */
  async published(podId: number, fields: object): Promise<void> {
    await until(`pod ${podId} publishes ${JSON.stringify(fields)}`, async () => {
      const { pods } = await this.store.executors.stateful.getServiceState(this.namespace, 'room');
      const pod = pods.get(podId) as Readonly<Record<string, unknown>> | undefined;
      return pod !== undefined && Object.entries(fields).every(([name, value]) => pod[name] === value);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
    await this.store.close();
  }
}
