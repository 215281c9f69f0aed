import {
  type DrainReport,
  isRouteError,
  type StatefulRouteForServerDriver,
  type Unregister,
} from '@stateful-route/core';
import { notRunning } from '../errors.ts';
import { Lifecycle, type LifecycleOptions } from '../waiting/lifecycle.ts';
import type { RouteContainer } from './route-container.ts';
import type { Liveness, Readiness } from './stateful-route.ts';

const UNANSWERED = 'the store does not answer';

/** What a runtime depends on. */
export interface RouteRuntimeParts {
  readonly container: RouteContainer;
  /** `undefined` for a caller. */
  readonly server: StatefulRouteForServerDriver | undefined;
  /** The services that `start` loads. */
  readonly services: ReadonlySet<string>;
}

/** Starts and stops a route: its pod and its watched services together. Between the two it checks the store's health. */
export class RouteRuntime {
  readonly #parts: RouteRuntimeParts;
  readonly #lifecycle = new Lifecycle<DrainReport>('route', { left: 0, unsaved: [] });
  #unwatch: Unregister[] = [];
  #cancelHealthCheck: (() => void) | undefined;
  #displaced = false;

  constructor(parts: RouteRuntimeParts) {
    this.#parts = parts;
    parts.server?.on('duplicateIncarnation', () => {
      this.#displaced = true;
    });
  }

  async start(options?: LifecycleOptions): Promise<void> {
    await this.#lifecycle.start(options, (either) => this.#start(either));
  }

  async stop(options?: LifecycleOptions): Promise<DrainReport> {
    return this.#lifecycle.stop(options, (signal) => this.#end(signal));
  }

  /** The error of a handle's call before `start` and after `stop`: it would begin subscriptions that nobody ends. */
  notStarted(): Error | undefined {
    if (this.#lifecycle.phase !== 'stopped') return undefined;
    return notRunning('route', 'The route is not started. Call start first.');
  }

  readiness(): Readiness {
    const { container, server } = this.#parts;
    const leaseMs = container.get('config').stateCacheExpireSecs * 1_000;
    const store = container.get('storeHealth').report();
    const problems: string[] = [];
    if (this.#lifecycle.phase !== 'running') problems.push(`the route is ${this.#lifecycle.phase}`);
    if (server?.isFenced()) problems.push('the pod is fenced');
    if (server?.getRoutingState() === 'SHUTDOWN') problems.push('the pod is shut down');
    if (isRouteError(store.error, 'INVALID_CONFIG')) problems.push(store.error.message);
    if (store.lastSuccessAgeMs === undefined) problems.push('the store has not answered yet');
    else if (store.lastSuccessAgeMs > leaseMs) problems.push('the store has not answered for a lease');
    return { ready: problems.length === 0, problems, store };
  }

  liveness(): Liveness {
    const problems = this.#displaced ? ['another process runs under this ordinal'] : [];
    return { alive: problems.length === 0, problems };
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { container, server, services } = this.#parts;
    const { namespace } = container.get('place');
    const stateCache = container.get('stateCache');
    this.#displaced = false;
    try {
      container.get('telemetry').findTracer();
      this.#unwatch = [stateCache.observe()];
      await server?.start({ signal });
      this.#unwatch.push(
        ...(await Promise.all(
          [...services].map((service) => stateCache.watch(namespace, service, { signal })),
        )),
      );
      this.#scheduleHealthCheck();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #end(signal?: AbortSignal): Promise<DrainReport> {
    const { container, server } = this.#parts;
    this.#cancelHealthCheck?.();
    const report = (await server?.stop({ signal })) ?? { left: 0, unsaved: [] };
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    await container.get('client').close();
    await container.get('stateCache').close();
    return report;
  }

  /** A route without calls would not notice that the store is gone, or back. */
  #scheduleHealthCheck(): void {
    const { container } = this.#parts;
    const intervalMs = container.get('config').healthCheckIntervalMs;
    this.#cancelHealthCheck = container.get('clock').setTimeout(() => {
      void this.#checkHealth(intervalMs).finally(() => {
        if (this.#lifecycle.phase === 'running') this.#scheduleHealthCheck();
      });
    }, intervalMs);
  }

  async #checkHealth(intervalMs: number): Promise<void> {
    const { container } = this.#parts;
    const { state, lastSuccessAgeMs } = container.get('storeHealth').report();
    const isWell = state === 'ok' && lastSuccessAgeMs !== undefined && lastSuccessAgeMs < intervalMs;
    const { namespace } = container.get('place');
    const logger = container.get('limitedLogger');
    try {
      if (!isWell) await container.get('serverExecutor').listServices(namespace);
      logger.over({}, UNANSWERED, 'the store answers again');
    } catch (error) {
      const ageMs = lastSuccessAgeMs === undefined ? undefined : Math.round(lastSuccessAgeMs);
      logger.warn({ err: error, lastSuccessAgeMs: ageMs }, UNANSWERED);
    }
  }
}
