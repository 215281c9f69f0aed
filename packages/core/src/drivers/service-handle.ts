import type { CallOptions } from '../ports/call-options.ts';
import type { PodStates } from './route-info-driver.ts';

/** A user's pod, and where it is reached. */
export interface LocatedPod {
  readonly podId: number;
  /** What the pod published, else what the address resolver says; `undefined` where neither says anything. */
  readonly address: string | undefined;
  /** True until the pod has accepted the user. */
  readonly temporary: boolean;
}

/** Returned by the use of a pod that does not hold the user. */
export const NOT_MINE: unique symbol = Symbol.for('stateful-route.NOT_MINE');

/** One service, as its callers use it. */
export interface ServiceHandle {
  readonly namespace: string;
  readonly serviceName: string;

  /**
   * The pod that serves the user, linking the user if need be: no I/O for a known user, one round trip for a new one.
   *
   * Rejects with `SERVICE_NOT_READY`, or `POD_NOT_AVAILABLE` with `retryAfterMs`. Safe to repeat.
   */
  locate(uid: string, options?: CallOptions): Promise<LocatedPod>;

  /** What `locate` would answer from memory; `undefined` when it would have to ask. Synchronous. */
  peek(uid: string): LocatedPod | undefined;

  /** Forgets the user's pod; returns whether it was known. */
  forget(uid: string): boolean;

  /** `locate` for many users: the linked ones share round trips. Rejects when one of them cannot be located. */
  locateMany(uids: readonly string[], options?: CallOptions): Promise<Map<string, LocatedPod>>;

  /** The service's alive pods. */
  pods(options?: CallOptions): Promise<PodStates>;

  /** Whether the service takes users. */
  isReady(options?: CallOptions): Promise<boolean>;

  /**
   * Runs `use` with the user's pod. When it returns `NOT_MINE` the pod is forgotten and asked for again, with a growing,
   * jittered wait, until the call's one deadline (`timeoutMs`, by default the configured `callTimeoutMs`): a user who is
   * being moved is moved within that. Then it rejects with `POD_NOT_AVAILABLE`.
   *
   * The signal given to `use` fires at the deadline and when the caller gives up; the call rejects then, with `TIMEOUT`
   * or the caller's reason, though `use` may still run.
   */
  call<T>(
    uid: string,
    use: (pod: LocatedPod, signal: AbortSignal) => Promise<T | typeof NOT_MINE> | T | typeof NOT_MINE,
    options?: CallOptions,
  ): Promise<T>;
}
