import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServiceHandle } from '@stateful-route/core';

/** A request that may be forwarded. */
export interface Admitted {
  readonly uid: string;
  readonly service: ServiceHandle;
}

/** A request that is answered by the gateway. Nothing in it names an address or an internal error. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Says in one line why, as plain text. */
  readonly body: string;
  /** The application's own answer to a request without a uid. */
  readonly answer?: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
}

/**
 * Whose a request is, and whether it may pass. Answers without a promise unless the uid's source needs one (a function that
 * returns a promise, a JWT). Never throws or rejects: an error becomes a refusal, and is logged.
 */
type Admit = (request: IncomingMessage, upgrade: boolean) => Admitted | Refusal | Promise<Admitted | Refusal>;

/** Who is let in. */
export interface Admission {
  readonly admit: Admit;
  /**
   * Counts a user whom `peek` does not know, and returns 0; or, beyond `placeRate`, the ms after which to ask again. The same
   * user asked again within a second is counted once.
   */
  mayPlace(service: ServiceHandle, uid: string): number;
  /** Whether an address from the directory may be called. */
  allowAddress(address: string): boolean;
}
