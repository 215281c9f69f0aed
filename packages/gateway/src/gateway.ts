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
  /** Which addresses of the directory may be called. Default: all. */
  readonly allowAddress?: ((address: string) => boolean) | undefined;
  /** The deadline of a request until its answer begins. Default: the configured `callTimeoutMs`. */
  readonly callTimeoutMs?: number | undefined;
  readonly maxPending?: number | undefined;
  readonly replayBytes?: number | undefined;
  /** How many users that this gateway does not know are looked up or placed a second; beyond, the answer is 503. Default 500. */
  readonly placeRate?: number | undefined;
  readonly closeSpreadMs?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Default: lines of JSON on standard error. */
  readonly logger?: Logger | undefined;
}

/** Counts of a gateway. */
export interface GatewayStats {
  readonly pending: number;
  readonly sockets: number;
}

/** Forwards requests and upgrades to the pod that has the user. */
export interface Gateway extends AsyncDisposable {
  /** As `node:http` calls a request listener. */
  request(request: IncomingMessage, response: ServerResponse): void;
  /** As `node:http` calls a listener of `upgrade`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stats(): GatewayStats;
  /** Refuses what is new, closes the sockets over `closeSpreadMs`, and ends when all answers are sent. */
  close(): Promise<void>;
}
