import type { CallOptions } from '../domain/call-options.ts';
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

/** Returned by the use of a pod to which no connection could be made: nothing was sent. */
export const UNREACHABLE: unique symbol = Symbol.for('stateful-route.UNREACHABLE');

/** What a caller does with a user's pod. */
export type UsePod<T> = (
  pod: LocatedPod,
  signal: AbortSignal,
) => Promise<T | typeof NOT_MINE | typeof UNREACHABLE> | T | typeof NOT_MINE | typeof UNREACHABLE;

/**
 * One service, as its callers use it. Before the route's `start`, and after its `stop`, every question rejects with
 * `NOT_RUNNING`; so does a call under way when the route has stopped, once its `use` has ended.
 */
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
   * When it returns `UNREACHABLE`, the same is done after {@link unreachable}: a user whom no pod has accepted yet is placed
   * on another one. An error with which no connection to the pod's address was made, and that names this address, counts as
   * that: `ECONNREFUSED`, `EHOSTUNREACH`, `EHOSTDOWN`, `ENETUNREACH`, `ETIMEDOUT` of `connect`, `ENOTFOUND`, `EAI_AGAIN`, or
   * undici's `UND_ERR_CONNECT_TIMEOUT`, also as a `cause`. Any other rejects the call, a reset connection among them: the
   * request may have been executed. A `use` that sends several requests must catch such errors of the later ones.
   *
   * The signal given to `use` fires at the deadline and when the caller gives up; the call rejects then, with `TIMEOUT`
   * or the caller's reason, though `use` may still run.
   */
  call<T>(uid: string, use: UsePod<T>, options?: CallOptions): Promise<T>;

  /**
   * Says that this caller could not reach a pod, whose heart may beat all the same. Until it beats as another incarnation, or
   * three of its update periods are over, the caller gives it no new users, and asks anew for those whom it has not accepted
   * yet: their temporary links are moved by a compare-and-set. Claims stand, as does what other callers do. Where none of the
   * service's pods can be reached, the one that was found so longest ago is still tried. Synchronous; safe to repeat.
   */
  unreachable(podId: number): void;
}
