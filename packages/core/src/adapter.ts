export { checkLoad, checkMetadata } from './arguments/reports.ts';
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
} from './rules/claim-life.ts';
export { setDeadline } from './time/clock.ts';
export {
  BATCH_LIMIT,
  DEFAULT_LOAD_PER_USER,
  DEFAULT_UPDATE_PERIOD_MS,
  LONG_DEAD_AFTER_LEASES,
  SUSPECT_AFTER_PERIODS,
} from './domain/constants.ts';
export { type Awaiting, DeadlineQueue } from './time/deadline-queue.ts';
export {
  compareIncarnations,
  formatIncarnation,
  type Incarnation,
  isSameRun,
  parseIncarnation,
} from './rules/incarnation.ts';
export type { LinkReading, ReplaceResult, SetLinkedPodResult } from './domain/link.ts';
export {
  ageMsOf,
  hasEnded,
  isMassExpiry,
  isPrunable,
  leaseMsOf,
  type OwnerLease,
  type OwnerLeaseHints,
  ownerLease,
  placementHoldMs,
  returnHoldMs,
  type SinceReset,
  sinceReset,
  suspectAfterMs,
} from './rules/liveness.ts';
export { LimitedLogger } from './logging/limited-logger.ts';
export { onAbort } from './time/on-abort.ts';
export {
  type AroundCall,
  decorateExecutors,
  type PortCall,
  type PortMethod,
} from './ports/decorate-executors.ts';
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
export { givesWay, podFromWord, podWord, stateWord } from './rules/pod-words.ts';
export type {
  ClaimOwnerOptions,
  EpochOptions,
  MarkServiceStateOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  StatefulExecutor,
  TrySetLinkedPodOptions,
} from './ports/stateful-executor.ts';
export type {
  EnterRosterOptions,
  LeaveRosterOptions,
  ReadRosterOptions,
  RosterEntry,
  RosterPage,
} from './domain/roster.ts';
export { ROUTING_STATES } from './domain/routing-state.ts';
export {
  isUnreachable,
  reachablePods,
  type UnreachableMark,
  unreachableMark,
} from './rules/selection/reachable.ts';
export { parseServiceState, SERVICE_STATES, type StateWord } from './domain/service-state.ts';
export {
  HEALINGS,
  type HeartbeatAck,
  POD_INTENTS,
  type PodIntent,
  type PodReport,
} from './domain/stateful-service-state.ts';
export type { WorkloadReport, WorkloadState } from './domain/workload-state.ts';
