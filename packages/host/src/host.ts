import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallOptions, Clock, Logger, NOT_MINE } from '@stateful-route/core';

/** Why an entity was closed. */
export type CloseReason = 'idle' | 'ended' | 'handOff' | 'stop' | 'lost' | 'fenced';

/** What `open` gets. */
export interface OpenContext {
  readonly uid: string;
  /** Register it at the storage before you load the state; the storage refuses smaller ones. */
  readonly token: number;
  /** Fires when the state is not needed any more: `openTimeoutMs` is over, the user left, or the state is about to be closed. */
  readonly signal: AbortSignal;
  /**
   * Notes that the state was changed outside of a use, so that it is saved. For events of the state itself, at any time but in
   * `save`, which would be repeated; it does nothing before the state is open and after it is closed.
   */
  readonly changed: () => void;
}

/** What `save` gets. */
export interface SaveContext<State> {
  readonly uid: string;
  readonly token: number;
  readonly state: State;
  /** Fires when the save is given up: a hand-off's time is over, or the claim ended. */
  readonly signal: AbortSignal;
}

/** What `close` gets. */
export interface CloseContext<State> {
  readonly uid: string;
  readonly token: number;
  readonly state: State;
  readonly why: CloseReason;
  /** The pod that the user moved to. */
  readonly to?: number | undefined;
}

/** What a use gets beside the state. */
export interface UseContext {
  readonly token: number;
  /** Fires when the user leaves this pod. */
  readonly signal: AbortSignal;
}

export type UseState<State, Result> = (state: State, context: UseContext) => Result | Promise<Result>;

/** How an entity ended. */
export interface Closed {
  readonly why: CloseReason;
  /** The pod that the user moved to. */
  readonly to?: number | undefined;
}

/** A user's state on this pod for longer than one use, for example while a socket is open. */
export interface Stay<State> {
  readonly uid: string;
  readonly state: State;
  readonly token: number;
  /** Fires when the user leaves this pod: stop reading from the socket. `close` is called after the save. */
  readonly signal: AbortSignal;
  /**
   * Resolves as the entity is closed: after the save and the move, or at once if the user was lost. It resolves too if a hand-off
   * or an `end` failed after `signal` had fired and the user is still here: then with why `handOff`, and without a pod. Close the
   * socket then. Never rejects.
   */
  readonly closed: Promise<Closed>;
  /** Like `host.use`, for this stay's user. */
  use<Result>(use: UseState<State, Result>): Promise<Result | typeof NOT_MINE>;
  /** Notes that the state was changed outside of a use, so that it is saved. Not for `save` itself, which would be repeated. */
  changed(): void;
  /** Ends the stay; may be called again. */
  leave(): void;
}

/**
 * The uid of a request; `undefined` if it has none, which is answered 400. By default the header `stateful-route-uid`, as the
 * gateway sends it.
 */
export type UidOf = (request: IncomingMessage) => string | undefined | Promise<string | undefined>;

/** The stay of one request. It ends with the response. */
export interface RequestEntity<State> extends Omit<Stay<State>, 'use'> {
  /**
   * Runs `use` with the user's state. If the user left this pod, it rejects with an error that has `status`, `statusCode`,
   * `headers` and `getResponse()`, so that Express, Fastify and Hono answer by themselves: 421 if no use of this request has run,
   * so that the gateway may send the request again; else 503. An error of `use` itself passes unchanged.
   */
  use<Result>(use: UseState<State, Result>): Promise<Result>;
}

/** A request that a guard let in. */
export type GuardedRequest<State> = IncomingMessage & { readonly entity: RequestEntity<State> };

/** Lets in the requests of users that this pod has, and answers the others. */
export interface Guard<State> {
  /**
   * Express middleware. Sets `request.entity` and calls `next`; or answers 421, 503 or 400 and does not. What `uidOf` throws goes
   * to `next`. If `next` returns a promise, as in `node:http`, it answers the refusal of a use as `handle` does.
   */
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => unknown): void;
  /**
   * A listener for `node:http`. It answers 421 or 503 when a use of `request.entity` rejects for that. Any other error of the
   * handler is the application's, as it is without a guard: an unhandled rejection.
   */
  handle(
    handler: (request: GuardedRequest<State>, response: ServerResponse) => unknown,
  ): (request: IncomingMessage, response: ServerResponse) => void;
}

/** Takes an upgraded socket. `head` is what was already read from it. */
export type OnUpgrade<State> = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  stay: Stay<State>,
) => void;

/** A listener for the `upgrade` event of a `node:http` server. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- Express has it so that middleware can add to a request
  namespace Express {
    interface Request {
      /** Behind `host.guard()`. Name the state's type at the use: `entity.use((visits: Visits) => …)`. */
      readonly entity: RequestEntity<never>;
    }
  }
}

/** How a host opens, saves and closes the state of a user. */
export interface HostOptions<State> {
  /** Registers the token at the storage, then loads the state. Throw `staleToken(seen)` if the storage knows a greater token. */
  readonly open: (context: OpenContext) => State | Promise<State>;
  /** Stores the state. Throw `staleToken(seen)` if the storage knows a greater token. Without it nothing is saved. */
  readonly save?: ((context: SaveContext<State>) => void | Promise<void>) | undefined;
  /** Called once for each open, whatever happened. */
  readonly close?: ((context: CloseContext<State>) => void | Promise<void>) | undefined;
  readonly openTimeoutMs?: number | undefined;
  readonly useTimeoutMs?: number | undefined;
  readonly closeTimeoutMs?: number | undefined;
  readonly saveEveryMs?: number | undefined;
  /** `'use'`: a use is answered after its save. Default `'interval'`. */
  readonly saveAfter?: 'interval' | 'use' | undefined;
  readonly saveWhenFenced?: boolean | undefined;
  /** `false`: never. */
  readonly idleAfterMs?: number | false | undefined;
  readonly openConcurrency?: number | undefined;
  readonly saveConcurrency?: number | undefined;
  readonly useQueueMax?: number | undefined;
  readonly useQueueMaxPerUser?: number | undefined;
  readonly moveWaitMs?: number | undefined;
  readonly moveWaitMax?: number | undefined;
  /** The longest idle user is let go for a new one if this pod has so many, or as many as its route allows. */
  readonly maxUsers?: number | undefined;
  /** Default: the route's. */
  readonly clock?: Clock | undefined;
  /** Default: the route's. */
  readonly logger?: Logger | undefined;
}

/** One entity on this pod. */
export interface HostEntity {
  readonly uid: string;
  readonly token: number;
  readonly stays: number;
  readonly queued: number;
  readonly unsaved: boolean;
  /** How long the user's uses have run on this pod, in ms. */
  readonly usedMs: number;
}

/** Counts of a host, since it was made and now. */
export interface HostStats {
  readonly entities: number;
  readonly stays: number;
  readonly queued: number;
  readonly opening: number;
  readonly unsaved: number;
  readonly opens: number;
  readonly openFailures: number;
  readonly saves: number;
  readonly saveFailures: number;
}

/** Opens, serves, saves and lets go the state of the users of one pod. */
export interface Host<State> {
  /**
   * Runs `use` with the user's state, one use of a user at a time. Returns `NOT_MINE` if this pod cannot have the user: the
   * caller asks again and finds the right pod.
   */
  use<Result>(
    uid: string,
    use: UseState<State, Result>,
    options?: CallOptions,
  ): Promise<Result | typeof NOT_MINE>;
  /** Keeps the user open until `leave`. */
  enter(uid: string, options?: CallOptions): Promise<Stay<State> | typeof NOT_MINE>;
  /** Saves, closes and releases the user; returns whether this pod had the user. */
  end(uid: string): Promise<boolean>;
  has(uid: string): boolean;
  entities(): Iterable<HostEntity>;
  stats(): HostStats;
  /** For Express and `node:http`: lets in the requests of this pod's users. */
  guard(uidOf?: UidOf): Guard<State>;
  /**
   * For the `upgrade` event of a server: answers 421, 503 or 400 before the upgrade, or enters the user and calls `onUpgrade`. The
   * socket is paused when the user leaves this pod. It ends after the user was saved and moved, and the stay ends with it.
   */
  upgrade(onUpgrade: OnUpgrade<State>): UpgradeListener;
  upgrade(uidOf: UidOf | undefined, onUpgrade: OnUpgrade<State>): UpgradeListener;
}
