export {
  type AroundCall,
  checkedExecutors,
  decorateExecutors,
  type PortCall,
} from './ports/decorate-executors.ts';
export {
  type CallEffect,
  isSafeToRepeat,
  type PortMethod,
  type PortName,
  type PortOperation,
  portOperations,
} from './ports/operations.ts';
export type { ServerExecutor } from './ports/server-executor.ts';
export type {
  FeedEvent,
  FeedListener,
  PodFeedEvent,
  PodFeedListener,
  StateFeed,
  Unsubscribe,
} from './ports/state-feed.ts';
export type { StatefulExecutor } from './ports/stateful-executor.ts';
export type {
  Finding,
  FindingLevel,
  KeyFault,
  KeyFaultKind,
  ScannedLink,
  ScanOptions,
  ScanPage,
  StoreCheck,
  StoreInspector,
} from './ports/store-inspector.ts';
export type { ArgumentKind } from './arguments/argument-checks.ts';
export {
  type Check,
  checkClock,
  checkCount,
  checkDuration,
  checkFlag,
  checkFunction,
  checkInteger,
  checkLabel,
  checkLoad,
  checkLogger,
  checkMetadata,
  checkNamespace,
  checkPodId,
  checkRate,
  checkServiceName,
  checkSignal,
  checkTag,
  checkUid,
  checkUids,
  checkWait,
  checkWord,
  DURATION_MAX_MS,
  hasMethods,
  POD_ID_MAX,
  REQUESTED_TOKEN_MAX,
} from './arguments/checks.ts';
export { invalidConfig, invalidParameter, invalidParameters } from './arguments/faults.ts';
export { formatHostPort, type HostPort, parseHostPort } from './arguments/host-port.ts';
export {
  configCheck,
  faultsOf,
  nestedCheck,
  optionFaults,
  type OptionRules,
  optionsCheck,
  type OptionsCheckInit,
  unknownName,
  callRules,
  checkCallBounds,
  checkCallOptions,
} from './arguments/option-rules.ts';
export { checkClaimOptions, checkRemoveOptions, checkRemoveWithIdOptions } from './arguments/options.ts';
export { type BalanceHold, type BalanceSigns } from './rules/balance/balance-hold.ts';
export {
  BAND as BALANCE_BAND,
  type BalanceLabel,
  type BalanceOptions,
  DEFAULT_BALANCE_OPTIONS,
} from './rules/balance/balance-options.ts';
export {
  type BalancePlan,
  type BalancePreview,
  type BalanceGrant,
  type BalanceState,
  planBalance,
  type PlannedShed,
  type PodBalance,
  previewBalance,
} from './rules/balance/plan-balance.ts';
export type { MovesUnderWay, ToldMove } from './rules/balance/moves-under-way.ts';
export type { FleetMemory, PodMemory } from './rules/balance/pod-memory.ts';
export type { RoundMemory } from './rules/balance/round-gain.ts';
export {
  type DesiredReplicas,
  desiredReplicas,
  type ReplicaReason,
  type ReplicaState,
} from './rules/balance/desired-replicas.ts';
export { type ScaleInOptions, type ScaleInPlan, scaleInPlan } from './rules/balance/scale-in-plan.ts';
export {
  type ShedOptions,
  SHED_CONCURRENCY,
  type SheddableUser,
  usersToShed,
} from './rules/balance/users-to-shed.ts';
export {
  announceAfterMs,
  callersAfter,
  countedForMs,
  type KnownCallers,
  unknownCallers,
} from './rules/callers.ts';
export {
  claimToken,
  isCounted,
  isForgettable,
  isHeld,
  isIdle,
  stepClaim,
  UNKNOWN_USER,
} from './rules/claim-life.ts';
export type {
  ClaimEffect,
  ClaimEvent,
  ClaimLife,
  ClaimOperation,
  ClaimState,
  ClaimStep,
} from './rules/claim-state.ts';
export {
  compareIncarnations,
  formatIncarnation,
  type Incarnation,
  isSameRun,
  parseIncarnation,
} from './rules/incarnation.ts';
export {
  isUsable,
  linkStep,
  type LinkStep,
  type LinkView,
  newUserStep,
  type NewUserStep,
  ownerStep,
  type OwnerStep,
  type RefuseStep,
  type WaitStep,
} from './rules/link-step.ts';
export {
  ageMsOf,
  hasEnded,
  isMassExpiry,
  isPrunable,
  leaderOf,
  leaseMsOf,
  type OwnerLease,
  ownerLease,
  type OwnerLeaseHints,
  placementHoldMs,
  returnHoldMs,
  type SinceReset,
  sinceReset,
  suspectAfterMs,
  whyNotRoutable,
} from './rules/liveness.ts';
export { podStatus, type PodStatus } from './rules/fleet/pod-status.ts';
export { heldUp, notDrained, notSafeToStop } from './rules/fleet/safe-to-stop.ts';
export { type ServiceCondition, serviceStatus, type ServiceStatus } from './rules/fleet/service-status.ts';
export { waitsForOwner } from './rules/fleet/waits-for-owner.ts';
export { counted, duration, figure } from './rules/fleet/words.ts';
export {
  CLAIMED_BEFORE_DEATH_MS,
  DEATHS_MAX,
  DEATHS_WITHIN_MS,
  deathOf,
  deathsAfter,
  type PodDeath,
  QUARANTINE_MS,
  QUARANTINED_MAX,
} from './rules/poison.ts';
export { storedIntent } from './rules/stored-intent.ts';
export { givesWay, podFromWord, podWord, stateWord } from './rules/pod-words.ts';
export { type CandidateFilter, candidateFilter } from './rules/selection/candidates.ts';
export {
  type Candidate,
  type ChoiceOptions,
  choosePod,
  type GroupPods,
  type PlacementRules,
  type PlacementTrace,
} from './rules/selection/choose-pod.ts';
export {
  type AppliedFilter,
  FILTER_NAMES,
  filtersOf,
  placementFault,
} from './rules/selection/pod-filters.ts';
export {
  newestRevision,
  NO_ROLLOUT,
  type Rollout,
  rolloutStep,
  type RunningUpdate,
  UPDATE_STALL_MS,
  updateOf,
} from './rules/selection/rollout.ts';
export {
  isUnreachable,
  reachablePods,
  type UnreachableMark,
  unreachableMark,
} from './rules/selection/reachable.ts';
export { LimitedLogger } from './logging/limited-logger.ts';
export { type Awaiting, DeadlineQueue, setDeadline } from './time/clock.ts';
export { onAbort } from './time/on-abort.ts';
export type {
  BatchGetLinkOptions,
  ByOptions,
  ClaimOwnerOptions,
  EnterRosterOptions,
  EpochOptions,
  LeaveRosterOptions,
  MarkServiceStateOptions,
  PlaceOptions,
  ReadJournalOptions,
  ReadRosterOptions,
  RemoveServiceStateOptions,
  ReplaceLinkedPodOptions,
  ReplaceReason,
  ReportDeadOptions,
  SetLinkedPodOptions,
  SetPodIntentOptions,
  TakeOrderOptions,
  TrySetLinkedPodOptions,
} from './domain/call-options.ts';
export {
  BATCH_LIMIT,
  DEFAULT_LOAD_PER_USER,
  DEFAULT_UPDATE_PERIOD_MS,
  JOURNAL_LIMIT,
  LONG_DEAD_AFTER_LEASES,
  ORDERS_LIMIT,
  ORDERS_REPLIED,
  SUSPECT_AFTER_PERIODS,
} from './domain/constants.ts';
export { JOURNAL_TYPES, REPORTED_TYPES } from './domain/journal.ts';
export { ORDER_KINDS, ORDER_OUTCOMES } from './domain/pod-order.ts';
export { REASON_WORDS } from './domain/reason.ts';
export type { LinkReading, RefusedFor, ReplaceResult, SetLinkedPodResult } from './domain/link.ts';
export type { RosterEntry, RosterPage } from './domain/roster.ts';
export { ROUTING_STATES } from './domain/routing-state.ts';
export { parseServiceState, SERVICE_STATES, type StateWord } from './domain/service-state.ts';
export {
  HEALINGS,
  type HeartbeatAck,
  POD_INTENTS,
  type PodIntent,
  type PodReport,
  type StoredIntent,
} from './domain/stateful-service-state.ts';
export type { WorkloadReport, WorkloadState } from './domain/workload-state.ts';
