import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Logger } from '@stateful-route/core';

/** A claim of a JWT that names the user. The token must be signed, have an `exp` and not be expired. */
export interface JwtUid {
  /** The claim, a string. */
  readonly claim: string;
  /** What a token may be signed with, such as `['RS256']`. `none` is refused. */
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  /** The key: exactly one of a shared secret (HS256 …), a public key in PEM, and the address of a key set (RS256, ES256 …). */
  readonly secret?: string | undefined;
  readonly publicKey?: string | undefined;
  /** `https:`, or `http:` on this machine. Read at the first token, then every ten minutes. */
  readonly jwksUrl?: string | undefined;
  /** How long reading the key set may take. Default 5 s; then the answer is 503. */
  readonly jwksTimeoutMs?: number | undefined;
  /** The cookie that has the token. Default: none, the token is the bearer token of `Authorization`. */
  readonly cookie?: string | undefined;
}

/**
 * Where the uid of a request comes from. In a header, a cookie, the query and the path it is percent-encoded UTF-8. More than
 * one of it is refused.
 */
export type UidSource =
  | ((request: IncomingMessage) => string | undefined | Promise<string | undefined>)
  | { readonly header: string }
  | { readonly cookie: string }
  | { readonly query: string }
  /** The part of the path at this place, counted from 0: `/rooms/ada/visits` has `ada` at 1. */
  | { readonly path: number }
  | { readonly jwt: JwtUid };

/** Options of a gateway. */
export interface GatewayOptions {
  /** The service. */
  readonly service?: string | undefined;
  /** In its place: the services among which `serviceOf` chooses. If it returns none of them, the answer is 404. */
  readonly services?: readonly string[] | undefined;
  readonly serviceOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly uid: UidSource;
  /** Answers a request without a uid, instead of 400. */
  readonly withoutUid?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /**
   * From which origins upgrades, and requests other than GET, HEAD and OPTIONS, may come: `['https://app.example']`. Checked if
   * it is given, or if the uid comes from a cookie; then the default is the request's own host.
   */
  readonly allowOrigins?: readonly string[] | undefined;
  /**
   * Whether the client at this address is a proxy of yours, such as an ingress: then its forwarded headers are kept, and added to.
   * Default: none is, and clients' forwarded headers are dropped.
   */
  readonly trustProxy?: ((address: string) => boolean) | undefined;
  /** Which addresses of the directory may be called. Default: all. */
  readonly allowAddress?: ((address: string) => boolean) | undefined;
  /**
   * The deadline of a request until its answer begins; of one whose body is streamed, from the body's end. Then the answer is
   * 504, or 503 if no pod was found. Default: the route's.
   */
  readonly callTimeoutMs?: number | undefined;
  /** A body, an answer or its reader that does not move for so long is ended. Default 300 s. Upgraded sockets have no limit. */
  readonly idleMs?: number | undefined;
  /** How many requests and upgrades may wait for an answer to begin; beyond, the answer is 503. Default 10,000. */
  readonly maxPending?: number | undefined;
  /** How much of a body is kept so that it can be sent to another pod. Default 64 KB. */
  readonly replayBytes?: number | undefined;
  /** The longest body; a longer one is 413. Default 1 GiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How many users that this gateway does not know are looked up or placed a second; beyond, the answer is 503. Default 500. */
  readonly placeRate?: number | undefined;
  /** Over how long `close` ends the sockets and streams of events. Default 5 s. */
  readonly closeSpreadMs?: number | undefined;
  /** Default: the route's. */
  readonly clock?: Clock | undefined;
  /** Default: the route's. */
  readonly logger?: Logger | undefined;
}

/** Counts of a gateway. */
export interface GatewayStats {
  /** Requests and upgrades whose answer has not begun. */
  readonly pending: number;
  /** Upgraded connections. */
  readonly sockets: number;
}

/** Forwards requests and upgrades to the pod that has the user. */
export interface Gateway extends AsyncDisposable {
  /** A listener of `request`, and of `checkContinue`: then a client's 100 is sent only when its body is wanted. Bound. */
  readonly request: (request: IncomingMessage, response: ServerResponse) => void;
  /** A listener of `upgrade`. Bound. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  stats(): GatewayStats;
  /**
   * Refuses what is new with 503, ends the sockets and streams of events over `closeSpreadMs`, and resolves when all answers are
   * sent. Never rejects; a second call returns the same promise. The server is closed by the caller.
   */
  close(): Promise<void>;
}
