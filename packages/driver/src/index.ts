import 'reflect-metadata';

export {
  type CallOptions,
  type ClaimOptions,
  type ClaimRefusal,
  type ClaimResult,
  type Clock,
  consoleLogger,
  DELETE_NOW,
  type DrainOptions,
  type DrainReport,
  type Executors,
  type HandOffListener,
  type HandOffOptions,
  type HandOffSelection,
  type HandOffUser,
  isRouteError,
  type Link,
  type LocatedPod,
  type Logger,
  type LogLevel,
  NOT_MINE,
  PERSIST_FOREVER,
  type PodMetadata,
  type PodStates,
  type PodView,
  RouteError,
  type RouteErrorCode,
  type RouteErrorFields,
  type RouteErrorOf,
  type RouteInfoDriver,
  type RoutingState,
  type RoutingStateChange,
  type RoutingStateListener,
  type SelectionContext,
  type SelectionStrategy,
  type ServerDriverEvents,
  type ServiceHandle,
  type ServiceState,
  silentLogger,
  Snapshot,
  type StatefulRouteForClientDriver,
  type StatefulRouteForServerDriver,
  type StatefulServiceState,
  type StrategyName,
  type TrySetResult,
  type Unregister,
  UNREACHABLE,
  type UsePod,
} from '@stateful-route/core';
export { ClientDriver } from './caller/client-driver.ts';
export {
  type Environment,
  fromEnv,
  type FromEnvOptions,
  type PodIdentity,
  type ReadTextFile,
} from './config/from-env.ts';
export { mergeConfig, resolveConfig } from './config/resolve-config.ts';
export type {
  BaseConfig,
  ConfigProfile,
  RouteConfig,
  RouteConfigInput,
  StatefulBaseConfig,
} from './config/route-config.ts';
export { StoreHealth, type StoreHealthReport } from './store/store-health.ts';
export {
  headlessDns,
  type HeadlessDnsOptions,
  type PodToResolve,
  type ResolveAddress,
} from './wiring/address.ts';
export { createStatefulRoute } from './route/create-stateful-route.ts';
export type { CallerRouteOptions, PodRouteOptions, RouteOptions } from './route/route-options.ts';
export { RouteDriverFactory, type StartableRouteInfoDriver } from './route/route-driver-factory.ts';
export {
  defaultRouteDriverOptions,
  type RouteDriverOption,
  type RouteDriverOptions,
  withBaseConfig,
  withClock,
  withEventNotify,
  withExecutors,
  withLinkInfoCacheTime,
  withLogger,
  withStateCache,
  withStrategy,
} from './route/route-driver-options.ts';
export { RouteInfoDriverImpl } from './caller/route-info-driver-impl.ts';
export type { RouteOverrides, RouteParts, RoutePlace } from './route/route-parts.ts';
export type { Liveness, Readiness, StatefulRoute } from './route/stateful-route.ts';
export { tokens } from './wiring/tokens.ts';
export { removePod, type RemovedPod, type RemovePodReport } from './pod/remove-pod.ts';
export { eventLoopProbe, type EventLoopProbeOptions, type LoadProbe } from './pod/life/load-probe.ts';
export { ServerDriver } from './pod/server-driver.ts';
export { EventManager } from './service/event-manager.ts';
export { PodPicker, type UndoPlacement } from './service/pod-picker.ts';
export { ServiceStateCache } from './service/service-state-cache.ts';
export { ServiceStates } from './service/service-states.ts';
export type { LifecycleOptions } from './waiting/lifecycle.ts';
export { WatchedService } from './service/service.ts';
