import { type Check, checkInteger, invalidParameter } from '@stateful-route/core/adapter';
import { Failure } from './failure.ts';

const BODY_BYTES_MAX = 16_384;

/** The body as JSON, checked. Rejects with what is wrong. */
export async function bodyOf<Body extends object>(request: Request, check: Check): Promise<Body> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX)
      throw new Failure('INVALID_REQUEST', `The body has more than ${BODY_BYTES_MAX} bytes.`);
    parts.push(part);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(parts).toString());
  } catch {
    throw invalidParameter('body', 'must be JSON');
  }
  check(body, 'body');
  return body as Body;
}

/** A whole number of a query or a path; `undefined` if it is not given. Throws `INVALID_PARAMETER`. */
export function wholeNumber(
  text: string | undefined,
  parameter: string,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  checkInteger(value, parameter, min, max);
  return value;
}

/** A number above 0 of a query; `undefined` if it is not given. Throws `INVALID_PARAMETER`. */
export function rate(text: string | undefined, parameter: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw invalidParameter(parameter, 'must be a number above 0');
}
