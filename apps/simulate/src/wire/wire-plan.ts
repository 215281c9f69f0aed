import { type PortMethod, portOperations } from '@stateful-route/core/adapter';

/** A process's connection to the store without faults. */
export interface WirePlan {
  /** The shortest and the longest delay in one direction, in ms. Short ones are more frequent. */
  readonly minMs: number;
  readonly maxMs: number;
  /** What a call does while the connection is down: fail at once, or wait for the next connection. */
  readonly offline: 'fail' | 'wait';
  /** The default timeout of a call, in ms. */
  readonly timeoutMs: number;
}

/** Calls that are lost. */
export interface Loss {
  /** Before the store received the call, or after, so that the reply is lost. */
  readonly when: 'before' | 'after';
  /** Default: any method. */
  readonly method?: PortMethod | undefined;
  /** How long every such call is lost, in ms. Default: only the next one. */
  readonly ms?: number | undefined;
}

/** A call that the store carried out. */
export interface StoredCall {
  /** The process that made it. */
  readonly process: string;
  readonly method: PortMethod;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: unknown;
  /** The store time when the call took effect. */
  readonly storeTime: number;
}

/** Whether a method changes the store, and so must act before its deadline or never. */
export function isWrite(method: PortMethod): boolean {
  return portOperations[method].effect(undefined) !== 'read';
}

/** The subject of a call. Calls with the same subject keep their order on a connection; others may overtake each other. */
export function subjectOf(method: PortMethod, args: readonly unknown[]): string {
  return portOperations[method].args[1] === 'uid' ? `uid ${String(args[1])}` : method;
}
