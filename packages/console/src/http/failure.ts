import { isRouteError } from '@stateful-route/core';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ApiErrorBody } from '../api/types.ts';

/** The status of each code. */
export const STATUS: Readonly<Record<ApiErrorBody['code'], ContentfulStatusCode>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  INVALID_REQUEST: 400,
  NOT_FOUND: 404,
  REFUSED: 409,
  STORE_ERROR: 503,
  TIMEOUT: 504,
  INTERNAL: 500,
};

/** A request that is refused, or cannot be answered. */
export class Failure extends Error implements ApiErrorBody {
  override readonly name = 'Failure';
  readonly code: ApiErrorBody['code'];

  constructor(code: ApiErrorBody['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The reply to a request that failed. The words of an unexpected error go to the log alone. */
export function describe(error: unknown): ApiErrorBody {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  if (isRouteError(error)) {
    const { code, message } = error;
    if (code === 'INVALID_PARAMETER') return { code: 'INVALID_REQUEST', message };
    if (code === 'STORE_ERROR' || code === 'TIMEOUT') return { code, message };
    if (code === 'FENCED') return { code: 'REFUSED', message };
  }
  return { code: 'INTERNAL', message: 'The console failed; its log says why.' };
}
