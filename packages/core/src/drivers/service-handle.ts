import type { CallOptions } from '../domain/call-options.ts';
import type { PodStates } from '../domain/stateful-service-state.ts';

/** A user's pod and its address. */
export interface LocatedPod {
  readonly podId: number;
  /** What the pod published, else what the address resolver returns; `undefined` if neither has one. */
  readonly address: string | undefined;
  /** True until the pod has accepted the user. */
  readonly temporary: boolean;
}

/** Returned by the function of `call` if the pod does not hold the user. */
export const NOT_MINE: unique symbol = Symbol.for('stateful-route.NOT_MINE');

/** Returned by the function of `call` if no connection to the pod could be made, and so nothing was sent. */
export const UNREACHABLE: unique symbol = Symbol.for('stateful-route.UNREACHABLE');

/** What a caller does with a user's pod. */
export type UsePod<T> = (
  pod: LocatedPod,
  signal: AbortSignal,
) => Promise<T | typeof NOT_MINE | typeof UNREACHABLE> | T | typeof NOT_MINE | typeof UNREACHABLE;

/**
 * One service, as its callers use it. Before the route's `start` and after its `stop` every method that returns a promise
 * rejects with `NOT_RUNNING`. A `call` under way when the route stops does so too, once its `use` has ended.
 */
export interface ServiceHandle {
  readonly namespace: string;
  readonly serviceName: string;

  /**
   * Returns the pod that serves the user, and links the user if necessary: no I/O for a known user, one round trip for a new
   * one.
   *
   * Rejects with `SERVICE_NOT_READY`, or `POD_NOT_AVAILABLE` with `retryAfterMs`. Safe to retry.
   */
  locate(uid: string, options?: CallOptions): Promise<LocatedPod>;

  /** What `locate` would return from memory; `undefined` if it would need I/O. Synchronous. */
  peek(uid: string): LocatedPod | undefined;

  /** Removes the user's cached pod; returns whether there was one. */
  forget(uid: string): boolean;

  /** `locate` for many users, whose links are read together. Rejects if one of them cannot be located. */
  locateMany(uids: readonly string[], options?: CallOptions): Promise<Map<string, LocatedPod>>;

  /** The service's alive pods. */
  pods(options?: CallOptions): Promise<PodStates>;

  /** Whether the service takes users. */
  isReady(options?: CallOptions): Promise<boolean>;

  /**
   * Runs `use` with the user's pod. If it returns `NOT_MINE`, the user is located again and `use` runs again, after growing,
   * jittered waits, until the call's one deadline (`timeoutMs`, by default the configured `callTimeoutMs`). A user who is being
   * moved is moved within that time. At the deadline the call rejects with `POD_NOT_AVAILABLE`.
   *
   * If `use` returns `UNREACHABLE`, {@link unreachable} is called first, so that a user whom no pod has accepted yet is placed on
   * another one. An error counts as `UNREACHABLE` if it names the pod's address and says that no connection to it was made:
   * `ECONNREFUSED`, `EHOSTUNREACH`, `EHOSTDOWN`, `ENETUNREACH`, `ETIMEDOUT` of `connect`, `ENOTFOUND`, `EAI_AGAIN`, or undici's
   * `UND_ERR_CONNECT_TIMEOUT`, also as a `cause`. Any other error rejects the call, also a reset connection: the request may
   * have been executed. A `use` that sends several requests must catch such errors of the later ones.
   *
   * The signal given to `use` fires at the deadline and when the caller aborts. The call then rejects with `TIMEOUT` or the
   * caller's reason, though `use` may still run.
   */
  call<T>(uid: string, use: UsePod<T>, options?: CallOptions): Promise<T>;

  /**
   * Notes that this caller could not reach a pod, which may send heartbeats all the same. For three of its update periods, or
   * until it has another incarnation, this caller places no new users on it, and moves those that it has not accepted yet:
   * their temporary links are replaced by compare-and-set. Claims and other callers are not affected. If none of the service's
   * pods can be reached, the one that failed longest ago is tried. Synchronous; may be called again.
   */
  unreachable(podId: number): void;
}
