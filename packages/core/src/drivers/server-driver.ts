import type { TrySetResult } from '../domain/link.ts';
import type { CallOptions } from '../domain/call-options.ts';
import type { RemoveLinkedPodOptions, RemoveLinkedPodWithIdOptions } from '../ports/stateful-executor.ts';
import type { RoutingState } from '../domain/routing-state.ts';
import type { ServiceState } from '../domain/service-state.ts';
import type { PodMetadata } from '../domain/stateful-service-state.ts';

/** Why a pod does not hold a user that it was asked to claim. */
export type ClaimRefusal =
  /** Another pod's claim stands. */
  | 'held'
  /** The pod is handing the user over. */
  | 'moving'
  /** The pod holds as many users as it takes. */
  | 'full'
  /** The pod takes no new users. */
  | 'draining';

/** The outcome of a claim: this pod's, or why not. */
export type ClaimResult =
  | { readonly claimed: true; readonly token: number }
  | {
      readonly claimed: false;
      /** Who has the user, or gets them; `undefined` when nobody has, or it is not known who will. */
      readonly podId?: number | undefined;
      readonly why: ClaimRefusal;
    };

/** A user and the token of a claim. */
export interface UserClaim {
  readonly uid: string;
  readonly token: number;
}

/** How a claim is made. */
export interface ClaimOptions extends CallOptions {
  /** The token will not be less: the storage's token + 1, after the storage refused a smaller one. */
  readonly minToken?: number | undefined;
}

/** What a drain reports. */
export interface DrainReport {
  /** How many users the pod still holds. */
  readonly left: number;
  /** The users that left, or were let go, without their state having been saved by `onHandOff`. */
  readonly unsaved: readonly string[];
}

/** A user that is about to be moved. */
export interface HandOffUser {
  readonly uid: string;
  readonly token: number;
  /** The pod that the user goes to; `undefined` when the pod stops and there is none. */
  readonly podId: number | undefined;
  /** Fires when the save is given up; one that goes on is the storage's to refuse. */
  readonly signal: AbortSignal;
}

/**
 * Saves a user's state, which this pod has stopped serving, so that the next pod finds it. When it rejects, the user
 * stays, and is not tried again in this drain. It runs once at a time for a uid.
 */
export type HandOffListener = (user: HandOffUser) => void | Promise<void>;

/** How a pod is drained. */
export interface DrainOptions {
  /**
   * Hands the pod's users over to other pods. Default: what `onHandOff` registered. Without either nobody is moved: the
   * drain waits until the application has released its users.
   */
  readonly onHandOff?: HandOffListener | undefined;
  /** How many users are handed over in a second at most. Default: as many as the pods and the store take. */
  readonly ratePerSecond?: number | undefined;
  /** How many users are handed over at a time. Default 16. */
  readonly concurrency?: number | undefined;
  /** How long a user's scopes may take to end, and then how long a save may take, in ms. Default: the configured `userTimeoutMs`. */
  readonly userTimeoutMs?: number | undefined;
  /** Default: the configured `drainTimeoutMs`. */
  readonly deadlineMs?: number | undefined;
  /** Stops draining; the pod goes on refusing new users. */
  readonly signal?: AbortSignal | undefined;
}

/** Which users are handed over. */
export type HandOffSelection =
  | readonly string[]
  | { readonly count: number; readonly filter?: ((uid: string) => boolean) | undefined };

/** How users are handed over, as in a drain; `to` is the pod they go to, else each goes to the best one. */
export interface HandOffOptions extends Omit<DrainOptions, 'signal'> {
  readonly to?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a pod's driver tells of. */
export interface ServerDriverEvents {
  /** The pod may no longer serve: nobody is held. */
  fenced: { readonly reason: string };
  /**
   * The pod serves again, as another incarnation. `claims`: the users that it took up again, with their tokens; not those
   * that a request claimed anew meanwhile.
   */
  unfenced: { readonly incarnation: string; readonly claims: readonly UserClaim[] };
  /** Users this pod held and holds no more, told in the step in which the claims end. */
  claimsLost: { readonly uids: readonly string[]; readonly claims: readonly UserClaim[] };
  /** A user was moved to another pod, or let go saved where there was none. */
  handedOff: UserClaim & { readonly podId: number | undefined };
  /** A drain began, or a user of a draining pod left. */
  drainProgress: { readonly left: number };
  /** Another process has started under this pod's ordinal. */
  duplicateIncarnation: { readonly podId: number; readonly incarnation: string };
}

/**
 * The pod's side: publishes what the pod is, and holds its users.
 *
 * Links are made in the local namespace only (`NAMESPACE_NOT_LOCAL`), and only between `start` and `stop`
 * (`NOT_RUNNING`). On a fenced pod every link call rejects with `FENCED`, without I/O, but for `release`.
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

  /**
   * What the pod is; `READY` at first. Published at once. `FAILED` and `TERMINATING` end the pod's lease: it fences
   * itself before either is sent, and stays fenced until another state is set.
   */
  setServiceState(state: ServiceState): Promise<void>;

  /** The pod's labels; published at once. */
  setMetadata(metadata: PodMetadata): Promise<void>;

  /**
   * Claims a user for a pod, over anyone's claim; returns the pod before. For this service and pod it is a forced claim,
   * which the pod then holds. Not safe to repeat.
   */
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
    options?: ClaimOptions,
  ): Promise<TrySetResult>;

  /**
   * Removes a user's link, whichever pod it names, and returns whether there was one. For a user that this pod holds it
   * is `release`. Not safe to repeat.
   */
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

  /**
   * Makes this pod the user's owner, unless another one is. A user it holds is answered from memory, with the token it
   * has. Safe to repeat. When it rejects with `TIMEOUT` the claim is undone, and nobody serves the user until it is.
   */
  claim(uid: string, options?: ClaimOptions): Promise<ClaimResult>;

  /**
   * Gives a user up, whether held by `claim` or by scopes; returns whether this pod held it. `holds` is false and the
   * scopes' signals have fired before the link is removed, and it is removed once those scopes have ended. With
   * `keepSeconds` the user finds its way back here so long. Where it rejects, the removal goes on until the store answers.
   */
  release(uid: string, options?: RemoveLinkedPodOptions): Promise<boolean>;

  /** Turns away a user that this pod does not hold: removes a temporary link to this pod, so that the next question places it. */
  refuse(uid: string, options?: CallOptions): Promise<boolean>;

  /** Whether this pod holds the user, so that it may serve it. Synchronous. */
  holds(uid: string): boolean;

  /** The users that this pod holds, as of now. */
  held(): ReadonlySet<string>;

  /**
   * Runs `fn` while this pod holds the user, and releases the user on exit when nothing else holds it here. The signal
   * fires when the hold ends before that; until then `holds` is true. The result of `fn` is returned whatever becomes of
   * the release. Rejects with `POD_NOT_AVAILABLE` when the pod cannot claim the user.
   */
  claimScope<T>(
    uid: string,
    fn: (scope: { readonly signal: AbortSignal; readonly token: number }) => Promise<T>,
    options?: ClaimOptions,
  ): Promise<T>;

  /**
   * Whether this pod must not serve: its last acknowledged heartbeat is nearly as old as its lease, it was told a state
   * that ends its lease, or another process of its ordinal displaced it.
   */
  isFenced(): boolean;

  /** Registers what saves users that are handed over; a drain's own listener comes first. Returns the function that removes it. */
  onHandOff(listener: HandOffListener): () => void;

  /** Refuses new users, hands over those held if told how, and ends when nobody is left or at the deadline. May be called again. */
  drain(options?: DrainOptions): Promise<DrainReport>;

  /** Hands some users over as a drain does, without refusing new ones. */
  handOff(users: HandOffSelection, options?: HandOffOptions): Promise<DrainReport>;

  /** Adds a listener; returns the function that removes it. */
  on<E extends keyof ServerDriverEvents>(
    event: E,
    listener: (detail: ServerDriverEvents[E]) => void,
  ): () => void;
}
