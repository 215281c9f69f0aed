import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Where the uid of a request comes from. */
export type UidSource =
  | ((request: IncomingMessage) => string | undefined | Promise<string | undefined>)
  | { readonly header: string }
  | { readonly cookie: string }
  | { readonly query: string }
  /** The part of the path at this place, counted from 0: `/rooms/ada/visits` has `ada` at 1. */
  | { readonly path: number }
  | {
      /** A claim of a JWT; its token is the bearer token, unless it is in a cookie. */
      readonly jwt: {
        readonly claim: string;
        readonly algorithms: readonly string[];
        readonly issuer: string;
        readonly audience: string;
        /** A shared secret, a public key in PEM, or the address of a key set. */
        readonly secret?: string | undefined;
        readonly publicKey?: string | undefined;
        readonly jwksUrl?: string | undefined;
        readonly cookie?: string | undefined;
      };
    };

/** Options of a gateway. */
export interface GatewayOptions {
  /** The service, or the services among which `serviceOf` chooses. */
  readonly service?: string | undefined;
  readonly services?: readonly string[] | undefined;
  readonly serviceOf?: ((request: IncomingMessage) => string | undefined) | undefined;
  readonly uid: UidSource;
  /** Answers a request without a uid, instead of 400. */
  readonly withoutUid?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** The origins of upgrades and of requests that change something, when the uid is from a cookie. Default: the same host. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Which addresses of the directory may be called. Default: all. */
  readonly allowAddress?: ((address: string) => boolean) | undefined;
  /** The deadline of a request until its answer begins. Default: the configured `callTimeoutMs`. */
  readonly callTimeoutMs?: number | undefined;
  readonly maxPending?: number | undefined;
  readonly replayBytes?: number | undefined;
  /** New users a second. */
  readonly placeRate?: number | undefined;
  readonly closeSpreadMs?: number | undefined;
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
