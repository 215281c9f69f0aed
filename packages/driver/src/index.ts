import 'reflect-metadata';

export {
  type CallOptions,
  type ClaimOptions,
  type ClaimResult,
  type Clock,
  consoleLogger,
  type DeadOwnerPolicy,
  type DrainOptions,
  type DrainReport,
  type Executors,
  type ExplainedAbsence,
  type ExplainedOutcome,
  type ExplainedPod,
  type Explanation,
  type ExplainOptions,
  type FilterOutcome,
  type FilterSettings,
  type FilterTerms,
  type HandOffListener,
  type HandOffUser,
  isRouteError,
  type Link,
  type LocatedPod,
  type Logger,
  type LogLevel,
  type MoveOrder,
  NOT_MINE,
  type Pin,
  type PlacementContext,
  type PlacementFilter,
  type PlacementFunction,
  type PlacementNeeds,
  type PodFilter,
  type PodMetadata,
  type PodStates,
  type PodView,
  type ReportedEvent,
  RouteError,
  type RouteErrorCode,
  type RouteInfoDriver,
  type RoutingState,
  type RoutingStateChange,
  type RoutingStateListener,
  type SelectionContext,
  type SelectionStrategy,
  type ServerDriverEvents,
  type ServiceHandle,
  type ServiceState,
  type ServiceStateQueries,
  silentLogger,
  type Snapshot,
  type StatefulRouteForClientDriver,
  type StatefulRouteForServerDriver,
  type ReplicaTarget,
  type StatefulServiceState,
  type StrategyName,
  type Unregister,
  UNREACHABLE,
  type UsePod,
} from '@stateful-route/core';
export type {
  BalancePreview,
  ScanOptions,
  ServerExecutor,
  StatefulExecutor,
  StateFeed,
  StoreInspector,
} from '@stateful-route/core/adapter';
export {
  type Environment,
  fromEnv,
  type FromEnvOptions,
  type PodFromEnv,
  type PodIdentity,
  type ReadTextFile,
} from './config/from-env.ts';
export { mergeConfig, resolveConfig } from './config/resolve-config.ts';
export type { Rebalance, RebalanceOptions } from './config/rebalance.ts';
export type {
  BaseConfig,
  ConfigProfile,
  RouteConfig,
  RouteConfigInput,
  StatefulBaseConfig,
} from './config/route-config.ts';
export { moveUser, type MoveUserRefusal, type MoveUserResult, type UserToMove } from './operate/move-user.ts';
export { unquarantineUser } from './operate/unquarantine-user.ts';
export { previewRebalance } from './operate/preview-rebalance.ts';
export type { SteeredService } from './operate/steered-service.ts';
export { type PinUserResult, pinUser, type UserToPin } from './operate/pin-user.ts';
export {
  type ClaimScan,
  type FoundClaim,
  readLinks,
  rosterClaims,
  scanClaims,
} from './operate/scan-claims.ts';
export {
  kickUser,
  record,
  type SteerEnd,
  type SteerRefusal,
  type SteeredUser,
  unlinkUser,
} from './operate/user-links.ts';
export { eventLoopProbe, type EventLoopProbeOptions, type LoadProbe } from './pod/life/load-probe.ts';
export { removePod, type RemovePodReport } from './pod/remove-pod.ts';
export { type PodIncarnation, reportDead } from './pod/report-dead.ts';
export { createStatefulRoute } from './route/create-stateful-route.ts';
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
export type { CallerRouteOptions, PodRouteOptions, RouteOptions } from './route/route-options.ts';
export type { RouteOverrides, RouteParts } from './route/route-parts.ts';
export type { Liveness, Readiness, StatefulRoute } from './route/stateful-route.ts';
export type { EventManager } from './service/event-manager.ts';
export type { ServiceStateCache } from './service/service-registry.ts';
export type { StoreHealth, StoreHealthReport } from './store/store-calls.ts';
export type { LifecycleOptions } from './waiting/lifecycle.ts';
export {
  headlessDns,
  type HeadlessDnsOptions,
  type PodToResolve,
  type ResolveAddress,
} from './wiring/address.ts';
export type { RoutePlace } from './wiring/place.ts';
export { tokens } from './wiring/tokens.ts';
