import { signal } from '@preact/signals';
import type { ApiError, ApiErrorBody } from '../../../src/api/types.ts';

/** An answer of the API that is an error, or that there was no answer (`UNREACHABLE`). */
export class ApiFailure extends Error {
  readonly code: ApiErrorBody['code'] | 'UNREACHABLE';

  constructor(code: ApiFailure['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const SIGNED_OUT = 'You are not signed in. Load this page again to sign in.';

/** The bearer token, in this page's memory alone: a reload asks for it again. */
let token: string | undefined;

/** Whether the server wants a token, or another one. */
export const tokenWanted = signal<'no' | 'none given' | 'refused'>('no');

/** Called with each token that was entered. */
const waiting = new Set<() => void>();

/** Takes the token that somebody entered, and lets go on whoever waits for one. */
export function signIn(entered: string): void {
  token = entered;
  tokenWanted.value = 'no';
  for (const goOn of waiting) goOn();
  waiting.clear();
}

/** Asks the API; where it wants a token, asks for that first. Rejects with an `ApiFailure`, or with the signal's reason. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const sent = token;
    const headers = new Headers(init.headers);
    if (sent !== undefined) headers.set('authorization', `Bearer ${sent}`);
    const response = await fetch(`./api/v1/${path}`, {
      ...init,
      headers,
      cache: 'no-store',
      redirect: 'manual',
    }).catch((error: unknown) => {
      init.signal?.throwIfAborted();
      throw new ApiFailure('UNREACHABLE', `The console's server does not answer (${String(error)}).`);
    });
    if (response.ok) return response;
    // An application's own sign-in leads away, or asks for nothing that this page could send.
    if (response.type === 'opaqueredirect') throw new ApiFailure('UNAUTHENTICATED', SIGNED_OUT);
    const { error } = await errorOf(response);
    const wantsToken =
      response.status === 401 && /^bearer\b/i.test(response.headers.get('www-authenticate') ?? '');
    if (!wantsToken) throw new ApiFailure(error.code, response.status === 401 ? SIGNED_OUT : error.message);
    // another request may have been given a token meanwhile
    if (sent === token) await newToken(init.signal ?? undefined);
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const fallback = { code: 'INTERNAL', message: `The server answered ${response.status}.` } as const;
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null && 'error' in body
    ? (body as ApiError)
    : { error: fallback };
}

function newToken(signal: AbortSignal | undefined): Promise<void> {
  tokenWanted.value = token === undefined ? 'none given' : 'refused';
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      waiting.delete(goOn);
      reject(signal?.reason as Error);
    };
    const goOn = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    waiting.add(goOn);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/** Reads one document. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

/** Acts. */
export async function act<T>(path: string, body: object): Promise<T> {
  const response = await request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}
