export { type CancelTimer, type Clock, systemClock, type TimerOptions } from './clock.ts';
export { DELETE_NOW, PERSIST_FOREVER } from './constants.ts';
export { consoleLogger } from './console-logger.ts';
export type { ComputedLink, StatefulRouteForClientDriver } from './drivers/client-driver.ts';
export type {
  BestPodOptions,
  PodStates,
  RouteInfoDriver,
  RoutingStateChange,
  RoutingStateListener,
  ServiceStateQueries,
  Unregister,
} from './drivers/route-info-driver.ts';
export type {
  ClaimOptions,
  ClaimRefusal,
  ClaimResult,
  DrainOptions,
  DrainReport,
  HandOffListener,
  HandOffOptions,
  HandOffSelection,
  HandOffUser,
  ServerDriverEvents,
  StatefulRouteForServerDriver,
  UserClaim,
} from './drivers/server-driver.ts';
export {
  type LocatedPod,
  NOT_MINE,
  type ServiceHandle,
  UNREACHABLE,
  type UsePod,
} from './drivers/service-handle.ts';
export type { Link, LinkInForce, TrySetResult } from './link.ts';
export { isAlive, isAvailable, isRoutable, type OwnerStands } from './liveness.ts';
export { type LogFields, type Logger, type LogLevel, silentLogger } from './logger.ts';
export type { CallOptions } from './ports/call-options.ts';
export type { Executors } from './ports/executors.ts';
export type { RemoveLinkedPodOptions, RemoveLinkedPodWithIdOptions } from './ports/stateful-executor.ts';
export {
  type ConfigFault,
  isRouteError,
  type PodStands,
  RouteError,
  routeError,
  type RouteErrorCode,
  type RouteErrorFields,
  type RouteErrorInit,
  type RouteErrorOf,
} from './route-error.ts';
export type { RoutingState } from './routing-state.ts';
export { type OverloadPolicy, selectPod } from './selection/select-pod.ts';
export type { PodView, SelectionContext, SelectionStrategy } from './selection/selection-strategy.ts';
export { strategies, type StrategyName } from './selection/strategies.ts';
export type { ServiceState } from './service-state.ts';
export { Snapshot } from './snapshot.ts';
export type {
  DeadOwnerPolicy,
  DirectoryState,
  Healing,
  PodMetadata,
  ServiceStateRead,
  StatefulServiceState,
} from './stateful-service-state.ts';
