import type { TrySetResult } from '../domain/link.ts';
import type {
  CallOptions,
  ClaimOptions,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
} from '../domain/call-options.ts';
import type { RoutingState } from '../domain/routing-state.ts';
import type { ServiceState } from '../domain/service-state.ts';
import type { PodMetadata } from '../domain/stateful-service-state.ts';

/** Why a claim failed. */
export type ClaimRefusal =
  /** Another pod's claim is valid. */
  | 'held'
  /** The pod hands the user off, or did a while ago, and the link does not name it. */
  | 'moving'
  /** The pod holds `maxUsers`. */
  | 'full'
  /** The pod takes no new users. */
  | 'draining'
  /** The user is pinned to another pod, which takes new users, and the link does not name this one. */
  | 'pinned'
  /** The user is quarantined: each pod that opened him lately has died. */
  | 'quarantined';

/** The outcome of a claim. */
export type ClaimResult =
  | { readonly claimed: true; readonly token: number }
  | {
      readonly claimed: false;
      /** The pod that has the user, or will get the user; `undefined`: none, or unknown. */
      readonly podId?: number | undefined;
      readonly why: ClaimRefusal;
    };

/** A user and the token of a claim. */
export interface UserClaim {
  readonly uid: string;
  readonly token: number;
}

/** The outcome of a drain. */
export interface DrainReport {
  /** How many users the pod still holds. */
  readonly left: number;
  /** The users who left, or were released, without their state having been saved by `onHandOff`. */
  readonly unsaved: readonly string[];
}

/** A user who is about to be moved. */
export interface HandOffUser {
  readonly uid: string;
  readonly token: number;
  /** The pod that the user moves to; `undefined` if this pod stops and there is no other. */
  readonly podId: number | undefined;
  /** How long the save may take at most, in ms. */
  readonly timeoutMs: number;
  /** Fires when the save took too long. The storage must refuse a save that goes on. */
  readonly signal: AbortSignal;
}

/**
 * Saves the state of a user whom this pod no longer serves, so that the next pod finds it. If it rejects, the user stays, and is
 * not tried again in this drain. If it rejects with `NOT_SAVED`, or does not end in time, the user is moved unsaved, and the
 * report of the drain names the user. It runs once at a time for a uid.
 */
export type HandOffListener = (user: HandOffUser) => void | Promise<void>;

/** Options of a drain. */
export interface DrainOptions {
  /**
   * Saves each user before the move to another pod. Default: the listener that `onHandOff` registered. Without either no user
   * is moved: the drain waits until the application has released its users.
   */
  readonly onHandOff?: HandOffListener | undefined;
  /** How many users are handed off in a second at most. Default: no limit. */
  readonly ratePerSecond?: number | undefined;
  /** How many users are handed off at a time. Default 16. */
  readonly concurrency?: number | undefined;
  /** The limit in ms for a user's scopes to end, and then for the save. Default: the configured `userTimeoutMs`. */
  readonly userTimeoutMs?: number | undefined;
  /** The limit for the whole drain, in ms. Default: the configured `drainTimeoutMs`. */
  readonly deadlineMs?: number | undefined;
  /** Ends the drain; the pod goes on refusing new users. */
  readonly signal?: AbortSignal | undefined;
}

/** Which users are handed off. */
export type HandOffSelection =
  | readonly string[]
  | { readonly count: number; readonly filter?: ((uid: string) => boolean) | undefined };

/** Options of a hand-off, as of a drain; `to` is the pod that the users move to, by default the best one for each. */
export interface HandOffOptions extends Omit<DrainOptions, 'signal'> {
  readonly to?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a user is used on its pod. */
export interface UserUse {
  /** Whether a stay or a use is under way, or waits. */
  readonly busy: boolean;
  /** For how long the user has not been used, in ms; `undefined` if not since the pod holds the user. */
  readonly idleMs?: number | undefined;
}

/** The events of a pod's driver. */
export interface ServerDriverEvents {
  /**
   * A heartbeat was acknowledged: the pod may serve for `validForMs` from now on, unless another is. Not emitted while the pod is
   * fenced; when it has come back, right after `unfenced`.
   */
  beat: { readonly validForMs: number };
  /** The pod must not serve: it holds nobody. */
  fenced: { readonly reason: string };
  /**
   * The pod serves again, as another incarnation. `claims`: the users whom it holds again, with their new tokens, except those
   * whom a request claimed in between.
   */
  unfenced: { readonly incarnation: string; readonly claims: readonly UserClaim[] };
  /** Users whom this pod held and holds no longer. Emitted in the same step in which the claims end. */
  claimsLost: { readonly uids: readonly string[]; readonly claims: readonly UserClaim[] };
  /** A user was moved to another pod, or saved and released because there is none. */
  handedOff: UserClaim & { readonly podId: number | undefined };
  /**
   * A hand-off for which `onHandOff` was called has ended: exactly once for each call, before anything else happens to the user.
   * `moved`: the user has left for pod `podId`, or was released because there is none. If not, `holds` says whether the pod
   * still has the user: it has if the save was rejected, but not after a fence, a loss, or the end of the run.
   */
  handOffEnded: UserClaim & { readonly moved: boolean; readonly podId?: number | undefined };
  /** A drain began, or a user of a draining pod left. */
  drainProgress: { readonly left: number };
  /** Another process has started under this pod's ordinal. */
  duplicateIncarnation: { readonly podId: number; readonly incarnation: string };
  /** `stop` has drained the pod, which holds nobody from now on until it is started again. Once for each run. */
  stopped: Readonly<Record<never, never>>;
}

/**
 * The pod's side: publishes the pod's state, and holds its users.
 *
 * Links are made only in the local namespace (`NAMESPACE_NOT_LOCAL`), and only between `start` and `stop` (`NOT_RUNNING`). On
 * a fenced pod every link call except `release` rejects with `FENCED`, without I/O.
 */
export interface StatefulRouteForServerDriver {
  /** Reads and checks the configuration; no I/O. `start` does this too. */
  init(): void;

  /**
   * Sends a heartbeat now and in every period; resolves when the first one is acknowledged. May be called again if it
   * rejects.
   */
  start(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;

  /**
   * Drains, publishes the pod's end, and ends all timers, within `drainTimeoutMs`. Does not reject if the time is over, but
   * reports how many users are left. Another call returns the same report.
   */
  stop(options?: { readonly signal?: AbortSignal | undefined }): Promise<DrainReport>;

  /** The application's own load: a finite number ≥ 0. Published with the next heartbeat, or sooner after a large change. */
  setLoadState(load: number): void;
  getLoadState(): number;

  /** What the pod accepts. Published at once. */
  setRoutingState(state: RoutingState): Promise<void>;
  getRoutingState(): RoutingState;

  /**
   * The pod's state, initially `READY`. Published at once. `FAILED` and `TERMINATING` end the pod's lease: it fences itself
   * before either is sent, and stays fenced until another state is set.
   */
  setServiceState(state: ServiceState): Promise<void>;

  /** The pod's labels. Published at once. */
  setMetadata(metadata: PodMetadata): Promise<void>;

  /**
   * How many users the pod may hold; `undefined` is any number. Replaces the configured `maxUsers`, and is published at once. Users
   * beyond it stay.
   */
  setMaxUsers(maxUsers: number | undefined): Promise<void>;

  /**
   * Claims a user for a pod, whoever has a claim; returns the previous pod. For this service and pod it is a forced claim,
   * and the pod then holds the user. Not safe to retry.
   */
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: CallOptions,
  ): Promise<number | undefined>;

  /** Claims a user for a pod, unless another pod has a claim. Safe to retry. */
  trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: ClaimOptions,
  ): Promise<TrySetResult>;

  /**
   * Removes a user's link, whichever pod it names; returns whether there was one. For a user whom this pod holds it is
   * `release`. Not safe to retry.
   */
  removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean>;

  /** Removes a user's link if it names the pod. Safe to retry only with a token. */
  removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean>;

  /**
   * Makes this pod the user's owner, unless another pod is. If the pod holds the user already, this is answered from memory, with
   * the same token. A pod that is stopping claims nobody any more: `draining`. Safe to retry. If it rejects with `TIMEOUT`, the
   * claim is undone, and nobody serves the user until then.
   */
  claim(uid: string, options?: ClaimOptions): Promise<ClaimResult>;

  /**
   * Releases a user, held by `claim` or by scopes; returns whether this pod held the user. First `holds` becomes false and the
   * scopes' signals fire; when those scopes have ended, the link is removed. With `keepSeconds` a temporary link to this pod is
   * left for that time. If it rejects, the removal is retried until the store replies.
   */
  release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean>;

  /**
   * Refuses a user whom this pod does not hold: removes a temporary link to this pod, so that the next lookup places the
   * user.
   */
  refuse(uid: string, options?: CallOptions): Promise<boolean>;

  /** Whether this pod holds the user, and so may serve it. Synchronous. */
  holds(uid: string): boolean;

  /** The token of a user whom this pod holds, else `undefined`. Synchronous. */
  tokenOf(uid: string): number | undefined;

  /**
   * Says what a user weighs beside the other users of this pod: a finite number ≥ 0, by default 1. It decides who leaves when the
   * fleet is evened out, and changes neither the load nor `users`. It lasts as long as this pod has the user, also while it is
   * fenced. Returns whether the pod has the user; if not, nothing changes. Synchronous, without I/O.
   */
  setWeight(uid: string, weight: number): boolean;

  /**
   * Registers the function that says how a user whom this pod holds is used; returns a function that unregisters it. A host does so.
   * It decides whom the pod hands over when the fleet is evened out, and turns that on unless the route's options say otherwise.
   * Without it a user is busy while scopes run. There is one: a later one replaces it. It must not throw.
   */
  reportUse(use: (uid: string) => UserUse): () => void;

  /** The users whom this pod holds now. */
  held(): ReadonlySet<string>;

  /**
   * Claims the user, runs `fn`, and then releases the user, unless another scope or a `claim` still needs it. The signal fires if
   * the hold ends earlier; until then `holds` is true. Returns the result of `fn`, also if the release fails. Rejects with
   * `POD_NOT_AVAILABLE` if the pod cannot claim the user.
   */
  claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T>;

  /**
   * Whether this pod must not serve: its last acknowledged heartbeat is nearly as old as its lease, its state was set to one that
   * ends its lease, or another process of its ordinal displaced it.
   */
  isFenced(): boolean;

  /** How long the pod may serve without another acknowledged heartbeat, in ms; 0 while it is fenced or not started. */
  validForMs(): number;

  /** Registers the listener that saves users in a hand-off, unless a drain has its own. Returns a function that removes it. */
  onHandOff(listener: HandOffListener): () => void;

  /** Refuses new users, hands off those held, and ends when nobody is left or at the deadline. May be called again. */
  drain(options?: DrainOptions): Promise<DrainReport>;

  /** Hands some users off as a drain does, without refusing new ones. */
  handOff(users: HandOffSelection, options?: HandOffOptions): Promise<DrainReport>;

  /** Adds a listener; returns a function that removes it. */
  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void;
}
