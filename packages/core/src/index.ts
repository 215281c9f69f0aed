export type { StatefulRouteForClientDriver } from './drivers/client-driver.ts';
export type {
  BestPodOptions,
  RouteInfoDriver,
  RoutingStateChange,
  RoutingStateListener,
  ServiceStateQueries,
  Unregister,
} from './drivers/route-info-driver.ts';
export type {
  ExplainedAbsence,
  ExplainedOutcome,
  ExplainedPod,
  Explanation,
  ExplainOptions,
} from './drivers/explanation.ts';
export type {
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
  UserUse,
} from './drivers/server-driver.ts';
export {
  type LocatedPod,
  NOT_MINE,
  type ServiceHandle,
  UNREACHABLE,
  type UsePod,
} from './drivers/service-handle.ts';
export type { Executors } from './ports/executors.ts';
export type { ReplicaTarget } from './rules/balance/desired-replicas.ts';
export { isAlive, isAvailable, isRoutable } from './rules/liveness.ts';
export { type FilterOutcome, type OverloadPolicy, selectPod } from './rules/selection/choose-pod.ts';
export type {
  FilterSettings,
  FilterTerms,
  PlacementContext,
  PlacementFilter,
  PlacementFunction,
  PlacementNeeds,
} from './rules/selection/pod-filters.ts';
export type { PodView, SelectionContext, SelectionStrategy } from './rules/selection/selection-strategy.ts';
export { strategies, type StrategyName } from './rules/selection/strategies.ts';
export { Snapshot } from './rules/snapshot.ts';
export { consoleLogger } from './logging/console-logger.ts';
export { type LogFields, type Logger, type LogLevel, silentLogger } from './logging/logger.ts';
export { type CancelTimer, type Clock, systemClock, type TimerOptions } from './time/clock.ts';
export type {
  CallOptions,
  ClaimOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
} from './domain/call-options.ts';
export { DELETE_NOW, PERSIST_FOREVER } from './domain/constants.ts';
export type {
  JournalEntry,
  JournalEvent,
  JournalPage,
  JournalType,
  ReportedEvent,
  StoreEvent,
} from './domain/journal.ts';
export type {
  Link,
  LinkInForce,
  Pin,
  PlacementRefused,
  PlacementResult,
  TrySetResult,
} from './domain/link.ts';
export type {
  MoveOrder,
  OrderOutcome,
  OrderReport,
  OrderTerms,
  PodOrder,
  ShedOrder,
} from './domain/pod-order.ts';
export type { Reason, ReasonWord } from './domain/reason.ts';
export {
  type ConfigFault,
  isRouteError,
  type OwnerStands,
  type PodStands,
  RouteError,
  routeError,
  type RouteErrorCode,
  type RouteErrorFields,
  type RouteErrorInit,
  type RouteErrorOf,
} from './domain/route-error.ts';
export type { FilterName, NotRoutable, OwnFilterName, PodFilter } from './domain/pod-filter.ts';
export type { RoutingState } from './domain/routing-state.ts';
export type { ServiceState } from './domain/service-state.ts';
export type {
  DeadOwnerPolicy,
  DirectoryState,
  Frozen,
  Healing,
  PodMetadata,
  PodStates,
  ServiceStateRead,
  StatefulServiceState,
} from './domain/stateful-service-state.ts';
