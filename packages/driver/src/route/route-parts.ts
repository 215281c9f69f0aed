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
import type { RouteConfig } from '../config/route-config.ts';
import type { StoreHealth } from '../store/store-health.ts';
import type { LoadProbe } from '../pod/life/load-probe.ts';
import type { EventManager } from '../service/event-manager.ts';
import type { PodPicker } from '../service/pod-picker.ts';
import type { ServiceStateCache } from '../service/service-state-cache.ts';
import type { ResolveAddress } from '../wiring/address.ts';

/** Where this route stands: its namespace, and for a pod its service, ordinal and address. */
export interface RoutePlace {
  readonly namespace: string;
  readonly serviceName?: string | undefined;
  readonly podId?: number | undefined;
  readonly address?: string | undefined;
}

/** Everything a route is made of, by the name under which it can be replaced. */
export interface RouteParts {
  readonly place: RoutePlace;
  readonly config: RouteConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The logger, with a bound on what a condition that lasts writes: what the route's own parts log to. */
  readonly limitedLogger: LimitedLogger;
  /** Chance: a number in [0, 1). */
  readonly random: () => number;
  /** The id of a new life of the pod. */
  readonly newIncarnation: () => string;
  readonly strategy: SelectionStrategy;
  readonly resolveAddress: ResolveAddress;
  readonly loadProbe: LoadProbe;
  /** How `stop` and operators drain the pod. */
  readonly drain: DrainOptions;
  readonly statefulExecutor: StatefulExecutor;
  readonly serverExecutor: ServerExecutor;
  readonly stateFeed: StateFeed;
  readonly eventManager: EventManager;
  readonly podPicker: PodPicker;
  readonly stateCache: ServiceStateCache;
  readonly routeInfo: RouteInfoDriver;
  readonly client: StatefulRouteForClientDriver;
  readonly server: StatefulRouteForServerDriver;
  readonly storeHealth: StoreHealth;
}

/** Replacements of parts: a ready value, or a class whose parameters are injected. */
export type RouteOverrides = {
  readonly [Part in Exclude<keyof RouteParts, 'place' | 'config' | 'limitedLogger'>]?:
    | RouteParts[Part]
    | (new (...dependencies: never[]) => RouteParts[Part])
    | undefined;
};
