/** The HTTP status of a request that cannot be served. */
import { isRouteError } from '@stateful-route/driver';

export class Refusal extends Error {
  readonly status: number;
  /** When to send the request again; `undefined` if that would not help. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isRouteError(error, 'INVALID_PARAMETER')) return new Refusal(400, error.message);
  if (isRouteError(error, 'POD_NOT_AVAILABLE')) {
    return new Refusal(503, 'The pod of this user is away.', Math.ceil(error.retryAfterMs / 1_000));
  }
  // No pod takes users now, or the store did not reply. The request is fine.
  if (isRouteError(error)) return new Refusal(503, 'No pod can serve this user now.', 1);
  // The pod is gone and its lease still runs. Nothing was sent.
  if (isRefused(error)) return new Refusal(503, 'The pod of this user does not answer.', 1);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  // The pod may have handled the request. Only the client knows whether it may be repeated.
  if (status >= 500) return new Refusal(status === 504 ? 504 : 502, 'The pod of this user did not answer.');
  return new Refusal(status, error instanceof Error ? error.message : 'The request cannot be served.');
}

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ECONNREFUSED') || isRefused(error.cause);
}
