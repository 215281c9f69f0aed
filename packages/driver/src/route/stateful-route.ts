import type {
  DrainReport,
  RouteInfoDriver,
  ServiceHandle,
  StatefulRouteForClientDriver,
  StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type { StoreHealthReport } from '../store/store-health.ts';
import type { LifecycleOptions } from '../waiting/lifecycle.ts';

/** Whether requests should come here now; what a readiness probe answers with. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not, each in a few words. */
  readonly problems: readonly string[];
  readonly store: StoreHealthReport;
}

/** Whether this process can still become ready by itself; what a liveness probe answers with. */
export interface Liveness {
  readonly alive: boolean;
  readonly problems: readonly string[];
}

/** A route into the services of a namespace: a caller's, or a pod's, which is a caller too. */
export interface StatefulRoute<
  Server extends StatefulRouteForServerDriver | undefined,
> extends AsyncDisposable {
  /** The pod's side; `undefined` for a caller. */
  readonly server: Server;
  readonly client: StatefulRouteForClientDriver;
  readonly routeInfo: RouteInfoDriver;

  /** A service as its callers use it. */
  service(name: string, namespace?: string): ServiceHandle;

  /**
   * Loads the services and, for a pod, publishes: call it when the transport listens. Resolves when the first heartbeat
   * is acknowledged. When it rejects, nothing is left running, and it may be called again. A second start is
   * `ALREADY_RUNNING`.
   */
  start(options?: LifecycleOptions): Promise<void>;

  /**
   * Drains, for a pod, and ends: call it before the transport closes. Bounded; never rejects because time ran out, but
   * says how many users were left. May be called at any time, also while `start` is under way, and again.
   */
  stop(options?: LifecycleOptions): Promise<DrainReport>;

  readiness(): Readiness;
  liveness(): Liveness;
}
