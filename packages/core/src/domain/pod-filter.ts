/** Why a pod's own heartbeat keeps it from getting new users. */
export type NotRoutable =
  /** Its last heartbeat said `FAILED` or `TERMINATING`, or it was reported dead. */
  | 'ended'
  /** Its last heartbeat is older than its lease. */
  | 'past its lease'
  /** Its state is another than `READY`. */
  | 'not ready'
  /** Its routing state is `SHUTDOWN` or `UNKNOWN`. */
  | 'shut down'
  /** Its routing state is `DENY_NEW_CALL`. */
  | 'draining'
  /** Its last heartbeat is older than 2.5 of its update periods. */
  | 'suspect';

/** The name of a built-in filter. */
export type FilterName =
  /** Its metadata lacks a label that the user needs. */
  | 'labels'
  /** It is in another zone than this caller. */
  | 'zone'
  /** The user is pinned to another pod. */
  | 'pinned'
  /** It runs an older revision than the one that is being rolled out. */
  | 'newestRevision';

/** The name of a filter of the application's own. */
export type OwnFilterName = string & Record<never, never>;

/** Why a pod is not a candidate for a new user. */
export type PodFilter =
  | NotRoutable
  | FilterName
  /** This caller's `excludePods` names it. */
  | 'excluded'
  /** It is known only by the word of an older side, and another pod sends heartbeats. */
  | 'no heartbeat'
  /** This caller could not reach it lately. */
  | 'unreachable'
  /** It holds `maxUsers`, those counted that this caller placed since its report. */
  | 'full'
  /** Its load is `overloadedAt` or more, and another pod's is less, or overloaded pods are refused. */
  | 'overloaded';
