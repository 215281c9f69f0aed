export { checkIncarnation, checkLoad, checkMetadata } from './arguments/reports.ts';
export {
  checkFlag,
  checkFunction,
  checkInteger,
  checkNamespace,
  checkPodId,
  checkServiceName,
  checkSignal,
  checkTag,
  checkUid,
  checkUids,
  checkWord,
  invalidConfig,
  invalidParameter,
  invalidParameters,
  POD_ID_MAX,
} from './arguments/names.ts';
export {
  type Check,
  configCheck,
  faultsOf,
  nestedCheck,
  optionFaults,
  type OptionRules,
  optionsCheck,
  type OptionsCheckInit,
  unknownName,
} from './arguments/option-rules.ts';
export {
  callRules,
  checkCallBounds,
  checkCallOptions,
  checkClaimOptions,
  checkRemoveOptions,
  checkRemoveWithIdOptions,
} from './arguments/options.ts';
export { checkCount, checkDuration, checkWait, DURATION_MAX_MS } from './arguments/times.ts';
export { checkClock, checkLogger, hasMethods } from './arguments/parts.ts';
export { checkedExecutors } from './arguments/checked-executors.ts';
export {
  type ClaimEffect,
  type ClaimEvent,
  type ClaimLife,
  type ClaimOperation,
  type ClaimState,
  type ClaimStep,
  claimToken,
  type DoubtOf,
  isCounted,
  isForgettable,
  isHeld,
  isIdle,
  stepClaim,
  UNKNOWN_USER,
} from './claim-life.ts';
export { type CancelTimer, type Clock, setDeadline, systemClock, type TimerOptions } from './clock.ts';
export {
  BATCH_LIMIT,
  DEFAULT_LEASE_MS,
  DEFAULT_LOAD_PER_USER,
  DEFAULT_UPDATE_PERIOD_MS,
  DELETE_NOW,
  LONG_DEAD_AFTER_LEASES,
  PERSIST_FOREVER,
  SUSPECT_AFTER_PERIODS,
} from './constants.ts';
export { consoleLogger } from './console-logger.ts';
export { type Awaiting, DeadlineQueue } from './deadline-queue.ts';
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
export {
  compareIncarnations,
  formatIncarnation,
  type Incarnation,
  isSameRun,
  parseIncarnation,
} from './incarnation.ts';
export type {
  Link,
  LinkInForce,
  LinkReading,
  ReplaceResult,
  SetLinkedPodResult,
  TrySetResult,
} from './link.ts';
export {
  ageMsOf,
  hasEnded,
  isAlive,
  isAvailable,
  isRoutable,
  isMassExpiry,
  isPrunable,
  leaseMsOf,
  longestLeaseMs,
  longestPeriodMs,
  type OwnerLease,
  type OwnerLeaseHints,
  type OwnerStands,
  ownerLease,
  placementHoldMs,
  returnHoldMs,
  type SinceReset,
  sinceReset,
  suspectAfterMs,
} from './liveness.ts';
export { type LogFields, type Logger, type LogLevel, silentLogger } from './logger.ts';
export { LimitedLogger } from './limited-logger.ts';
export { ManualClock } from './manual-clock.ts';
export { onAbort } from './on-abort.ts';
export type { CallOptions } from './ports/call-options.ts';
export {
  type AroundCall,
  decorateExecutors,
  decorateStateful,
  type PortCall,
  type PortMethod,
} from './ports/decorate-executors.ts';
export type { Executors } from './ports/executors.ts';
export { isSafeToRepeat } from './ports/is-safe-to-repeat.ts';
export type { ServerExecutor } from './ports/server-executor.ts';
export type {
  FeedEvent,
  FeedListener,
  PodFeedEvent,
  PodFeedListener,
  StateFeed,
  Unsubscribe,
} from './ports/state-feed.ts';
export { givesWay, podFromWord, podWord, stateWord } from './pod-words.ts';
export type {
  ClaimOwnerOptions,
  EpochOptions,
  MarkServiceStateOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  StatefulExecutor,
  TrySetLinkedPodOptions,
} from './ports/stateful-executor.ts';
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
export type {
  EnterRosterOptions,
  LeaveRosterOptions,
  ReadRosterOptions,
  RosterEntry,
  RosterPage,
} from './roster.ts';
export { ROUTING_STATES, type RoutingState } from './routing-state.ts';
export { seededRandom } from './seeded-random.ts';
export {
  isUnreachable,
  reachablePods,
  type UnreachableMark,
  unreachableMark,
} from './selection/reachable.ts';
export { type OverloadPolicy, selectPod } from './selection/select-pod.ts';
export type { PodView, SelectionContext, SelectionStrategy } from './selection/selection-strategy.ts';
export { strategies, type StrategyName } from './selection/strategies.ts';
export { parseServiceState, SERVICE_STATES, type ServiceState, type StateWord } from './service-state.ts';
export { Snapshot } from './snapshot.ts';
export {
  type DeadOwnerPolicy,
  type DirectoryState,
  type Healing,
  HEALINGS,
  type HeartbeatAck,
  POD_INTENTS,
  type PodIntent,
  type PodMetadata,
  type PodReport,
  type ServiceStateRead,
  type StatefulServiceState,
} from './stateful-service-state.ts';
export type { WorkloadReport, WorkloadState } from './workload-state.ts';
