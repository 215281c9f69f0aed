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

/** Why a pod is not a candidate for a new user. */
export type PodFilter =
  | NotRoutable
  /** This caller's `excludePods` names it. */
  | 'excluded'
  /** It is known only by the word of an older side, and another pod sends heartbeats. */
  | 'no heartbeat'
  /** This caller could not reach it lately. */
  | 'unreachable'
  /** Its load is `overloadedAt` or more, and another pod's is less, or overloaded pods are refused. */
  | 'overloaded';
