import type { IncomingMessage } from 'node:http';
import { type AdminService, failed, locate } from './look-up.ts';
import { singleHeader } from '../../admit/single-header.ts';

/** An answer to a proxy: a status, and headers. */
export interface AuthAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A page cannot send it to another site without being allowed to. */
const URI_HEADER = 'x-original-uri';
const NO_CONTENT = 204;
/** What nginx passes on to its client. It makes 500 of any other status than these and 2xx. */
const PASSED_ON: readonly number[] = [401, 403];

/** Whether a request to the admin listener is a proxy's question, which has the headers of the proxy's own client. */
export const isAuthRequest = (request: IncomingMessage): boolean => request.headers[URI_HEADER] !== undefined;

/**
 * Answers a proxy's question where to send a request, which it describes in `X-Original-URI`, `X-Original-Method`,
 * `X-Original-Upgrade` and `X-Forwarded-Host`, beside the request's own headers. 204 has the pod's address in
 * `stateful-route-address`, and the uid as pods expect it in `stateful-route-uid`. Anything else is the answer for the client.
 *
 * `Stateful-Route-Not-Mine: ADDRESS` says that this pod has just answered 421: the user is looked up anew.
 *
 * @param refusals - 204: answers for the client other than 401 and 403 are 204 with the status in `stateful-route-status`.
 */
export async function authRequest(
  service: AdminService,
  request: IncomingMessage,
  refusals: number | undefined,
): Promise<AuthAnswer> {
  const answer = await answerOf(service, request);
  const { status, headers } = answer;
  if (refusals !== NO_CONTENT || status === NO_CONTENT || PASSED_ON.includes(status)) return answer;
  return { status: NO_CONTENT, headers: { ...headers, 'stateful-route-status': String(status) } };
}

async function answerOf(service: AdminService, request: IncomingMessage): Promise<AuthAnswer> {
  const { admission, handle } = service;
  // Without it this is no proxy's question, and may be one of a page in an old browser.
  if (!isAuthRequest(request)) return { status: 400, headers: {} };
  const verdict = await admission.admit(originalRequest(request), isUpgrade(request));
  if ('status' in verdict) return { status: verdict.status, headers: { ...verdict.headers } };
  const { uid } = verdict;
  const notMine = valueOf(request, 'stateful-route-not-mine');
  if (notMine !== undefined && handle.peek(uid)?.address === notMine) handle.forget(uid);
  try {
    const pod = await locate(service, uid);
    if (!('podId' in pod)) return later(pod.retryAfterMs);
    const { address } = pod;
    if (address === undefined || !admission.allowAddress(address)) return later();
    const headers = { 'stateful-route-address': address, 'stateful-route-uid': encodeURIComponent(uid) };
    return { status: NO_CONTENT, headers };
  } catch (error) {
    return later(failed(error).retryAfterMs);
  }
}

function later(retryAfterMs = 1000): AuthAnswer {
  return { status: 503, headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) } };
}

function valueOf(request: IncomingMessage, name: string): string | undefined {
  const given = singleHeader(request, name);
  return typeof given === 'string' && given !== '' ? given : undefined;
}

const isUpgrade = (request: IncomingMessage): boolean => valueOf(request, 'x-original-upgrade') !== undefined;

const DESCRIBED = ['host', 'x-forwarded-host', URI_HEADER, 'x-original-method', 'x-original-upgrade'];

/** The request that the proxy has, as an admission reads it. */
function originalRequest(request: IncomingMessage): IncomingMessage {
  const { headers, rawHeaders } = request;
  const host = headers['x-forwarded-host'];
  const kept: string[] = typeof host === 'string' ? ['host', host] : [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!DESCRIBED.includes(rawHeaders[at]!.toLowerCase())) kept.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  return Object.create(request, {
    url: { value: valueOf(request, URI_HEADER) ?? '' },
    method: { value: valueOf(request, 'x-original-method') ?? 'POST' },
    rawHeaders: { value: kept },
    headers: { value: { ...headers, host } },
  }) as IncomingMessage;
}
