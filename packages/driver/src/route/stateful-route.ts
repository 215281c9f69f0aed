import type {
  DrainReport,
  RouteInfoDriver,
  ServiceHandle,
  StatefulRouteForClientDriver,
  StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type { StoreHealthReport } from '../store/store-calls.ts';
import type { LifecycleOptions } from '../waiting/lifecycle.ts';
import type { RouteParts } from './route-parts.ts';

/** Whether requests should be sent here now, for a readiness probe. */
export interface Readiness {
  readonly ready: boolean;
  /** The reasons, if not. */
  readonly problems: readonly string[];
  readonly store: StoreHealthReport;
}

/** Whether this process can still become ready by itself, for a liveness probe. */
export interface Liveness {
  readonly alive: boolean;
  readonly problems: readonly string[];
}

/** Routes users to the pods of services. A pod's route is a caller's too. */
export interface StatefulRoute<
  Server extends StatefulRouteForServerDriver | undefined,
> extends AsyncDisposable {
  /** The pod's side; `undefined` for a caller. */
  readonly server: Server;
  readonly client: StatefulRouteForClientDriver;
  readonly routeInfo: RouteInfoDriver;
  /** What the route was made with, defaults included, for libraries that build on it. */
  readonly parts: Pick<RouteParts, 'place' | 'config' | 'clock' | 'logger'>;

  /** The handle of a service. The namespace is by default the local one. */
  service(name: string, namespace?: string): ServiceHandle;

  /**
   * Loads the services; a pod sends its first heartbeat. Call it when the transport listens. Resolves when the heartbeat is
   * acknowledged. When it rejects, nothing is left running, and it may be called again. A second start is `ALREADY_RUNNING`.
   */
  start(options?: LifecycleOptions): Promise<void>;

  /**
   * Ends the route; a pod drains first. Call it before the transport closes. It takes `drainTimeoutMs` at most. If time runs
   * out it does not reject: the report says how many users were left. May be called during `start`, and repeated.
   */
  stop(options?: LifecycleOptions): Promise<DrainReport>;

  readiness(): Readiness;
  liveness(): Liveness;
}
