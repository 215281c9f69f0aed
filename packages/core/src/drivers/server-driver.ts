import type { TrySetResult } from '../link.ts';
import type { CallOptions } from '../ports/call-options.ts';
import type { RemoveLinkedPodOptions, RemoveLinkedPodWithIdOptions } from '../ports/stateful-executor.ts';
import type { RoutingState } from '../routing-state.ts';
import type { ServiceState } from '../service-state.ts';
import type { PodMetadata } from '../stateful-service-state.ts';

/** The outcome of a claim: this pod's, or whose it is. */
export type ClaimResult =
  | { readonly claimed: true; readonly token: number }
  | { readonly claimed: false; readonly podId: number };

/** How a claim is made. */
export interface ClaimOptions extends CallOptions {
  /** The token will not be less: the storage's token + 1, after the storage refused a smaller one. */
  readonly minToken?: number | undefined;
}

/** What a drain reports. */
export interface DrainReport {
  /** How many users the pod still holds. */
  readonly left: number;
}

/** A user that is about to be moved. */
export interface HandOffUser {
  readonly uid: string;
  readonly token: number;
  /** The pod that the user goes to. */
  readonly podId: number;
}

/**
 * Saves a user's state, which this pod has stopped serving, so that the next pod finds it. When it rejects, the user
 * stays and is tried again.
 */
export type HandOffListener = (user: HandOffUser) => void | Promise<void>;

/** How a pod is drained. */
export interface DrainOptions {
  /**
   * Hands the pod's users over to other pods, one after the other. Without it nobody is moved: the drain waits until the
   * application has released its users.
   */
  readonly onHandOff?: HandOffListener | undefined;
  /** How many users are handed over in a second at most. Default: as many as the pods and the store take. */
  readonly ratePerSecond?: number | undefined;
  /** Default: the configured `drainTimeoutMs`. */
  readonly deadlineMs?: number | undefined;
  /** Stops draining; the pod goes on refusing new users. */
  readonly signal?: AbortSignal | undefined;
}

/** What a pod's driver tells of. */
export interface ServerDriverEvents {
  /** The pod may no longer serve: its claims are void. */
  fenced: { readonly reason: string };
  /** The pod serves again, as another incarnation; the users it holds again have new tokens. */
  unfenced: {
    readonly incarnation: string;
    readonly claims: readonly { readonly uid: string; readonly token: number }[];
  };
  /** Users this pod held and holds no more. */
  claimsLost: { readonly uids: readonly string[] };
  /** A drain began, or a user of a draining pod left. */
  drainProgress: { readonly left: number };
  /** Another process has started under this pod's ordinal. */
  duplicateIncarnation: { readonly podId: number; readonly incarnation: string };
}

/**
 * The pod's side: publishes what the pod is, and holds its users.
 *
 * Links are made in the local namespace only (`NAMESPACE_NOT_LOCAL`), and only between `start` and `stop`
 * (`NOT_RUNNING`). A fenced pod's link calls reject with `FENCED`.
 */
export interface StatefulRouteForServerDriver {
  /** Reads and checks the configuration; no I/O. `start` does it too. */
  init(): void;

  /** Publishes at once and then in every period; resolves when the first heartbeat is acknowledged. May be tried again. */
  start(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;

  /**
   * Drains, publishes the end and ends all timers. Bounded; never rejects because time ran out, but says who is left.
   * Calling it again returns the same report.
   */
  stop(options?: { readonly signal?: AbortSignal | undefined }): Promise<DrainReport>;

  /** The application's own load: a finite number ≥ 0. Published with the next heartbeat, or sooner when it changed much. */
  setLoadState(load: number): void;
  getLoadState(): number;

  /** What the pod accepts; published at once. */
  setRoutingState(state: RoutingState): Promise<void>;
  getRoutingState(): RoutingState;

  /** What the pod is; `READY` at first. Published at once. */
  setServiceState(state: ServiceState): Promise<void>;

  /** The pod's labels; published at once. */
  setMetadata(metadata: PodMetadata): Promise<void>;

  /** Claims a user for a pod, over anyone's claim; returns the pod before. Not safe to repeat. */
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** Claims a user for a pod, unless another pod's claim stands. Safe to repeat. */
  trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<TrySetResult>;

  /** Removes a user's link, whosever; returns whether there was one. Not safe to repeat. */
  removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean>;

  /** Removes a user's link if it names the pod. Safe to repeat with a token only. */
  removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean>;

  /** Makes this pod the user's owner, unless another one is. Safe to repeat: a claim already held keeps its token. */
  claim(uid: string, options?: ClaimOptions): Promise<ClaimResult>;

  /** Gives a user up; returns whether this pod held it. With `keepSeconds` the user finds its way back here so long. */
  release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean>;

  /** Turns away a user that this pod does not hold: removes its link to this pod, so that the next question places it. */
  refuse(uid: string, options?: CallOptions): Promise<boolean>;

  /** Whether this pod holds the user, as far as it knows. Synchronous. */
  holds(uid: string): boolean;

  /**
   * Runs `fn` while this pod holds the user, and releases the claim on exit. The signal fires when the claim is lost.
   * Rejects with `POD_NOT_AVAILABLE` when another pod holds the user.
   */
  claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T>;

  /**
   * Whether this pod must not serve: its last acknowledged heartbeat is nearly as old as its lease, or another process
   * of its ordinal displaced it.
   */
  isFenced(): boolean;

  /** Refuses new users, hands over those held if told how, and ends when nobody is left or at the deadline. May be called again. */
  drain(options?: DrainOptions): Promise<DrainReport>;

  /** Adds a listener; returns the function that removes it. */
  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void;
}
