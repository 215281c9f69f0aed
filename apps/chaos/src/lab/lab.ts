import { createRedisExecutors, type RedisExecutorsOptions } from '@stateful-route/adapter-redis';
import {
  type Clock,
  type DrainOptions,
  type Executors,
  type Logger,
  silentLogger,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { createStatefulRoute, type RouteConfigInput, type StatefulRoute } from '@stateful-route/driver';
import {
  type RedisServer,
  startProxy,
  startRedis,
  type StartRedisOptions,
  type TcpProxy,
} from '@stateful-route/harness';
import { until } from './until.ts';

/** The service of all scenarios. */
export const SERVICE = 'room';

/** A pod's route. */
export type PodRoute = StatefulRoute<StatefulRouteForServerDriver>;

/** What a route in a scenario is made of. */
export interface RouteOptions {
  readonly executors: Executors;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** How a pod drains. Default: it hands nobody over, and waits for nobody. */
  readonly drain?: DrainOptions | undefined;
}

/** What a scenario starts, ended in the opposite order when it has run. */
export class Lab {
  readonly #ends: (() => unknown)[] = [];

  /** Ends something of the scenario's own with the rest. */
  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async redis(options?: StartRedisOptions): Promise<RedisServer> {
    const server = await startRedis(options);
    this.defer(() => server.stop());
    return server;
  }

  async proxy({ host, port }: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = await startProxy(host, port);
    this.defer(() => proxy.stop());
    return proxy;
  }

  executors(options: RedisExecutorsOptions): Executors {
    const executors = createRedisExecutors(options);
    this.defer(() => executors.close());
    return executors;
  }

  /** A started pod. */
  async pod(podId: number, options: RouteOptions & { readonly serviceName?: string }): Promise<PodRoute> {
    const pod = createStatefulRoute({
      serviceName: SERVICE,
      podId,
      logger: silentLogger,
      drain: { deadlineMs: 0 },
      ...options,
    });
    this.defer(() => pod.stop());
    await started(pod);
    return pod;
  }

  /** A caller that has loaded the service. */
  async caller(options: Omit<RouteOptions, 'drain'>): Promise<StatefulRoute<undefined>> {
    const caller = createStatefulRoute({ services: [SERVICE], logger: silentLogger, ...options });
    this.defer(() => caller.stop());
    await started(caller);
    return caller;
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

/** Many scenarios start at once: one reading may take longer than their short timeouts. */
async function started(route: Pick<StatefulRoute<undefined>, 'start'>): Promise<void> {
  await until('the route starts', () => route.start().then(() => true), { everyMs: 50 });
}

/** Runs something in a lab of its own. */
export async function inLab<T>(run: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = new Lab();
  try {
    return await run(lab);
  } finally {
    await lab.end();
  }
}
