import type { IncomingMessage } from 'node:http';
import { isRouteError } from '@stateful-route/core';
import { type AdminService, failed, locate } from './look-up.ts';
import { singleHeader } from '../../admit/single-header.ts';

/** An answer to a proxy: a status, and headers. */
export interface AuthAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

const CANNOT_ROUTE = 503;

/**
 * Answers a proxy's question where to send a request, which it describes in `X-Original-URI`, `X-Original-Method`,
 * `X-Original-Upgrade` and `X-Forwarded-Host`, beside the request's own headers. 204 has the pod's address in
 * `stateful-route-address`, and the uid as pods expect it in `stateful-route-uid`.
 *
 * `Stateful-Route-Not-Mine: ADDRESS` says that this pod has just answered 421: the user is looked up anew.
 */
export async function authRequest(service: AdminService, request: IncomingMessage): Promise<AuthAnswer> {
  const original = originalRequest(request);
  const verdict = await service.admission.admit(original, isUpgrade(request));
  if ('status' in verdict) return { status: verdict.status, headers: { ...verdict.headers } };
  const { uid } = verdict;
  const notMine = singleHeader(request, 'stateful-route-not-mine');
  if (typeof notMine === 'string' && notMine !== '' && service.handle.peek(uid)?.address === notMine) {
    service.handle.forget(uid);
  }
  try {
    const pod = await locate(service, uid);
    if (!('podId' in pod)) return refusal(pod.retryAfterMs);
    const { address } = pod;
    if (address === undefined || !service.admission.allowAddress(address)) return refusal();
    return {
      status: 204,
      headers: { 'stateful-route-address': address, 'stateful-route-uid': encodeURIComponent(uid) },
    };
  } catch (error) {
    if (!isRouteError(error)) throw error;
    return refusal(failed(error).retryAfterMs);
  }
}

function refusal(retryAfterMs = 1000): AuthAnswer {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return { status: CANNOT_ROUTE, headers: { 'retry-after': String(seconds) } };
}

const DESCRIBED = ['host', 'x-forwarded-host', 'x-original-uri', 'x-original-method', 'x-original-upgrade'];

function isUpgrade(request: IncomingMessage): boolean {
  return (request.headers['x-original-upgrade'] ?? '') !== '';
}

/** The request that the proxy has, as an admission reads it. */
function originalRequest(request: IncomingMessage): IncomingMessage {
  const { headers, rawHeaders } = request;
  const host = headers['x-forwarded-host'];
  const kept: string[] = typeof host === 'string' ? ['host', host] : [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!DESCRIBED.includes(rawHeaders[at]!.toLowerCase())) kept.push(rawHeaders[at]!, rawHeaders[at + 1]!);
  }
  const value = (name: string): string | undefined => {
    const given = singleHeader(request, name);
    return typeof given === 'string' && given !== '' ? given : undefined;
  };
  return Object.create(request, {
    url: { value: value('x-original-uri') ?? '' },
    method: { value: value('x-original-method') ?? 'POST' },
    rawHeaders: { value: kept },
    headers: { value: { ...headers, host } },
  }) as IncomingMessage;
}
