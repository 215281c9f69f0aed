import type { IncomingHttpHeaders } from 'node:http';

/** The header by which a pod says, with status 421, that it does not hold the user and has done nothing. */
export const ROUTE_HEADER = 'stateful-route';
const NOT_MINE_VALUE = 'not-mine';

/** How one attempt to send a request failed, before any of an answer was sent to the client. */
export interface FailedAttempt {
  readonly method: string | undefined;
  /** The connection could not be made. */
  readonly connectError: unknown;
  /** The request was given to a connection, so the pod may have received some of it. */
  readonly sent: boolean;
  /** That connection had carried a request before: the pod may have closed it while this one was on its way. */
  readonly reused: boolean;
  /** A byte of an answer was received. */
  readonly answered: boolean;
  /** It was sent a second time already. */
  readonly wasRepeated: boolean;
}

const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Errors of a connection that could not be made because of this process or machine, whichever pod it was meant for. */
const OWN_FAULTS: ReadonlySet<unknown> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
]);

/** Whether an answer says that the pod does not hold the user. Any other 421 is the application's. */
export function saysNotMine(status: number, routeHeader: string | readonly string[] | undefined): boolean {
  return status === 421 && routeHeader === NOT_MINE_VALUE;
}

/** Whether the head of an answer says that no body follows. Else a body that nobody wants could go on for ever. */
export function hasNoBody({ 'content-length': length }: IncomingHttpHeaders): boolean {
  return length === '0';
}

/**
 * What becomes of a request whose attempt failed. It is sent again only if nothing of it can have acted, because nothing was
 * sent; or if it is safe by its method and met a kept connection that the pod was closing, then once, on a new connection.
 */
export function afterFailure(failed: FailedAttempt): 'unreachable' | 'repeat' | 'fail' {
  const { connectError, sent, reused, answered, wasRepeated, method } = failed;
  if (!sent) return connectError !== undefined && !isOwnFault(connectError) ? 'unreachable' : 'fail';
  return reused && !answered && !wasRepeated && SAFE_METHODS.has(method) ? 'repeat' : 'fail';
}

export function isOwnFault(error: unknown): boolean {
  return OWN_FAULTS.has((error as { readonly code?: unknown } | undefined)?.code);
}
