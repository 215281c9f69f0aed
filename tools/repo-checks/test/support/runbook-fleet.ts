import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { openRedisStore, type RedisSettings, type RedisStore } from '@stateful-route/adapter-redis';
import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import { createStatefulRoute, silentLogger, type StatefulRoute } from '@stateful-route/driver';
import { until } from '@stateful-route/harness';

type Pod = StatefulRoute<StatefulRouteForServerDriver>;

/** The lease is short enough that a test may wait for it, a drain's time so long that none ends by that. */
const times = {
  heartbeatSeconds: 0.3,
  leaseSeconds: 3,
  stateRefreshMs: 300,
  workloadStateUpdatePeriodSeconds: 0.5,
  drainTimeoutMs: 300_000,
};

/** The service `room` in the namespace `game`, and what its processes export. */
export class RunbookFleet {
  readonly #settings: RedisSettings;
  readonly #config: typeof times;
  readonly #exporter = new PrometheusExporter({ preventServerStart: true });
  readonly #provider = new MeterProvider({ readers: [this.#exporter] });
  readonly #stores: RedisStore[] = [];
  readonly #routes: StatefulRoute<StatefulRouteForServerDriver | undefined>[] = [];

  constructor(settings: RedisSettings, leaseSeconds: number = times.leaseSeconds) {
    this.#settings = settings;
    this.#config = { ...times, leaseSeconds };
    metrics.setGlobalMeterProvider(this.#provider);
  }

  #store(settings = this.#settings): RedisStore {
    const store = openRedisStore(settings, { logger: silentLogger, timeoutMs: 1_000 });
    this.#stores.push(store);
    return store;
  }

  /** Starts a pod with connections of its own. Its users have nothing to be saved. */
  async pod(podId: number, settings?: RedisSettings): Promise<Pod> {
    const pod = createStatefulRoute({
      executors: this.#store(settings).executors,
      namespace: 'game',
      serviceName: 'room',
      address: `10.0.0.${podId}:8080`,
      logger: silentLogger,
      drain: { onHandOff: () => {} },
      config: this.#config,
      podId,
    });
    this.#routes.push(pod);
    await pod.start();
    return pod;
  }

  /** Starts a caller. */
  async caller(): Promise<StatefulRoute<undefined>> {
    const { executors } = this.#store();
    const place = { executors, namespace: 'game', serviceName: 'room', logger: silentLogger };
    const route = createStatefulRoute({ ...place, config: this.#config });
    this.#routes.push(route);
    await route.start();
    return route;
  }

  /** Places users on a pod, as a caller does, and lets the pod claim them. Resolves when it publishes how many it has. */
  async place(
    podId: number,
    uids: readonly string[],
    claim: (uid: string) => Promise<unknown>,
  ): Promise<void> {
    const { stateful } = this.#stores[0]!.executors;
    for (const uid of uids) {
      await stateful.setLinkedPodIfAbsent('game', uid, 'room', podId, 60);
      await claim(uid);
    }
    await this.published(podId, { users: uids.length });
  }

  /** Sets a pod's intent, and waits until the pod obeys it. */
  async intend(podId: number, intent: 'cordon' | 'drain'): Promise<void> {
    await this.#stores[0]!.executors.server.setPodIntent('game', 'room', podId, intent);
    await this.published(podId, { routingState: 'DENY_NEW_CALL' });
  }

  /** Waits until a pod's entry is as it should be. */
  async published(podId: number, fields: object): Promise<void> {
    const { stateful } = this.#stores[0]!.executors;
    await until(`pod ${podId} publishes ${JSON.stringify(fields)}`, async () => {
      const { pods } = await stateful.getServiceState('game', 'room');
      const pod = pods.get(podId) as Readonly<Record<string, unknown>> | undefined;
      return pod !== undefined && Object.entries(fields).every(([name, value]) => pod[name] === value);
    });
  }

  /** What a scrape of all its processes gets. */
  async scrape(): Promise<string> {
    const { resourceMetrics } = await this.#exporter.collect();
    return new PrometheusSerializer().serialize(resourceMetrics);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#routes.map((route) => route.stop({ signal: AbortSignal.abort() })));
    await Promise.all(this.#stores.map((store) => store.close()));
    await this.#provider.shutdown();
    metrics.disable();
  }
}
