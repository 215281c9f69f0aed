import type { PortMethod } from '@stateful-route/core/adapter';

/** How a process's way to the store is, when nothing is wrong. */
export interface WirePlan {
  /** The shortest and the longest delay of one way, in ms; short ones are the more frequent. */
  readonly minMs: number;
  readonly maxMs: number;
  /** What a call does that is made while the connection is down: fail at once, or wait for the next connection. */
  readonly offline: 'fail' | 'wait';
  /** The deadline of a call that gives none, in ms. */
  readonly timeoutMs: number;
}

/** Calls that are lost. */
export interface Loss {
  /** Before the store took it, or its reply. */
  readonly when: 'before' | 'after';
  /** Default: whatever call comes next. */
  readonly method?: PortMethod | undefined;
  /** For how long every such call is lost, in ms. Default: the next one alone. */
  readonly ms?: number | undefined;
}

/** A call that the store answered. */
export interface StoredCall {
  /** The process that made it. */
  readonly process: string;
  readonly method: PortMethod;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: unknown;
  /** The store's time when the call took effect. */
  readonly storeTime: number;
}

const READS: ReadonlySet<PortMethod> = new Set<PortMethod>([
  'getServiceState',
  'getWorkloadState',
  'getWorkloadStateBatch',
  'getLinkedPod',
  'getLinkedPodIfPersist',
  'getLink',
  'batchGetLinkedPod',
  'batchGetLink',
  'getLinkService',
  'readRoster',
  'getServiceNameByTag',
  'listServices',
  'subscribe',
  'subscribePod',
]);

/** Whether a method changes the store, so that it must act before its deadline or not at all. */
export function isWrite(method: PortMethod): boolean {
  return !READS.has(method);
}

const BY_UID: ReadonlySet<PortMethod> = new Set<PortMethod>([
  'setLinkedPod',
  'trySetLinkedPod',
  'setLinkedPodIfAbsent',
  'replaceLinkedPod',
  'getLinkedPod',
  'getLinkedPodIfPersist',
  'getLink',
  'removeLinkedPod',
  'removeLinkedPodWithId',
  'getLinkService',
]);

/** What a call is about. Calls about one thing keep their order on a connection, others may overtake each other. */
export function subjectOf(method: PortMethod, args: readonly unknown[]): string {
  return BY_UID.has(method) ? `uid ${String(args[1])}` : method;
}
