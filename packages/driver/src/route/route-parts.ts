import type {
  Clock,
  DrainOptions,
  Logger,
  RouteInfoDriver,
  SelectionStrategy,
  StatefulRouteForClientDriver,
  StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type {
  LimitedLogger,
  ServerExecutor,
  StatefulExecutor,
  StateFeed,
} from '@stateful-route/core/adapter';
import type { UserLocator } from '../caller/client-driver.ts';
import type { ShedPolicy } from '../config/rebalance.ts';
import type { RouteConfig } from '../config/route-config.ts';
import type { LoadProbe } from '../pod/life/load-probe.ts';
import type { EventManager } from '../service/event-manager.ts';
import type { PlacementOptions } from '../service/placements.ts';
import type { ServiceRegistry, ServiceStateCache } from '../service/service-registry.ts';
import type { StoreHealth } from '../store/store-calls.ts';
import type { RouteTelemetry } from '../telemetry/route-telemetry.ts';
import type { ResolveAddress } from '../wiring/address.ts';
import type { RoutePlace } from '../wiring/place.ts';

/** The parts of a route, by the names of their injection tokens. */
export interface RouteParts {
  readonly place: RoutePlace;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A random number in [0, 1). */
  readonly random: () => number;
  /** Makes a random id for a run of the pod. */
  readonly newIncarnation: () => string;
  readonly strategy: SelectionStrategy;
  readonly resolveAddress: ResolveAddress;
  readonly loadProbe: LoadProbe;
  /** The defaults of drains. */
  readonly drain: DrainOptions;
  readonly statefulExecutor: StatefulExecutor;
  readonly serverExecutor: ServerExecutor;
  readonly stateFeed: StateFeed;
  readonly eventManager: EventManager;
  readonly stateCache: ServiceStateCache;
  readonly routeInfo: RouteInfoDriver;
  readonly client: StatefulRouteForClientDriver;
  readonly server: StatefulRouteForServerDriver;
  readonly storeHealth: StoreHealth;
}

/** The parts as the driver itself has them. */
export interface InternalParts extends RouteParts {
  readonly stateCache: ServiceRegistry;
  readonly limitedLogger: LimitedLogger;
  readonly locator: UserLocator;
  readonly placement: PlacementOptions;
  readonly rebalancing: Omit<ShedPolicy, 'use'>;
  readonly telemetry: RouteTelemetry;
}

/** Replacements of parts: a value, or a class whose constructor parameters are injected. */
export type RouteOverrides = {
  readonly [Part in Exclude<keyof RouteParts, 'place' | 'config' | 'stateCache'>]?:
    | RouteParts[Part]
    | (new (...dependencies: never[]) => RouteParts[Part])
    | undefined;
};
