/** What every answer with a status from 400 on has. */
export interface ApiError {
  readonly error: ApiErrorBody;
}

/**
 * An error. `UNAUTHENTICATED` (401): no token, or a wrong one. `FORBIDDEN` (403): not from this host or origin, not for who is signed
 * in, or read-only. `INVALID_REQUEST` (400). `NOT_FOUND` (404): no such path, service, pod or link. `REFUSED` (409): it is not as
 * the request has it, as for a user whose link has just changed. `STORE_ERROR` (503), `TIMEOUT` (504): the store failed; of an
 * action the effect may be unknown.
 */
export interface ApiErrorBody {
  readonly code:
    | 'UNAUTHENTICATED'
    | 'FORBIDDEN'
    | 'INVALID_REQUEST'
    | 'NOT_FOUND'
    | 'REFUSED'
    | 'STORE_ERROR'
    | 'TIMEOUT'
    | 'INTERNAL';
  readonly message: string;
}
