import { type Executors, isRouteError, type LocatedPod, type ServiceHandle } from '@stateful-route/core';
import { checkUid } from '@stateful-route/core/adapter';
import type { ResolveAddress, StatefulRoute } from '@stateful-route/driver';
import type { Admission } from '../../admission.ts';

/** A service, as the admin listener knows it. */
export interface AdminService {
  readonly handle: ServiceHandle;
  readonly admission: Admission;
  readonly resolveAddress?: ResolveAddress | undefined;
}

/** What a question for a user is answered from. */
export interface LookUpParts {
  readonly route: Pick<StatefulRoute<undefined>, 'routeInfo'>;
  readonly executors: Pick<Executors, 'stateful'>;
}

/** An answer of the admin listener. */
export interface Answer {
  readonly status: 200 | 400 | 404 | 503;
  readonly body: object;
  readonly retryAfterMs?: number | undefined;
}

const MIN_RETRY_MS = 1000;

/** Reads a user's link, and places nobody. */
export async function lookUp(parts: LookUpParts, service: AdminService, encodedUid: string): Promise<Answer> {
  return answered(encodedUid, async (uid) => {
    const { namespace, serviceName } = service.handle;
    const link = await parts.executors.stateful.getLink(namespace, uid, serviceName);
    if (link.podId === undefined) return failure(404, 'NO_LINK', 'Nobody has this user.');
    const snapshot = await parts.route.routeInfo.snapshot(namespace, serviceName);
    const { podId, permanent, token } = link;
    const pod = snapshot.pods.get(podId);
    const metadata = pod?.metadata ?? {};
    const address = pod?.address ?? service.resolveAddress?.({ namespace, serviceName, podId, metadata });
    const available = snapshot.available.has(podId);
    return { status: 200, body: { podId, address, temporary: !permanent, token, available } };
  });
}

/** Returns a user's pod, and places the user on one if necessary. */
export async function place(service: AdminService, encodedUid: string): Promise<Answer> {
  return answered(encodedUid, async (uid) => {
    const pod = await locate(service, uid);
    return 'podId' in pod ? { status: 200, body: pod } : pod;
  });
}

/** The pod of a user, by the rules of the service's gateway. Rejects like `locate`. */
export async function locate(service: AdminService, uid: string): Promise<LocatedPod | Answer> {
  const { handle, admission } = service;
  if (handle.peek(uid) === undefined) {
    const waitMs = admission.mayPlace(handle, uid);
    if (waitMs > 0) {
      return failure(503, 'TOO_MANY_NEW_USERS', 'More new users came than placeRate allows.', waitMs);
    }
  }
  return handle.locate(uid);
}

async function answered(encodedUid: string, answer: (uid: string) => Promise<Answer>): Promise<Answer> {
  let uid: string;
  try {
    uid = decodeURIComponent(encodedUid);
    checkUid(uid);
  } catch {
    return failure(
      400,
      'INVALID_PARAMETER',
      'The uid must be percent-encoded, and one that the router allows.',
    );
  }
  try {
    return await answer(uid);
  } catch (error) {
    return failed(error);
  }
}

/** The answer to an error of the driver or of the store. */
export function failed(error: unknown): Answer {
  const code = isRouteError(error) ? error.code : 'INTERNAL_ERROR';
  const retryAfterMs = isRouteError(error, 'POD_NOT_AVAILABLE') ? error.retryAfterMs : MIN_RETRY_MS;
  return failure(503, code, error instanceof Error ? error.message : 'The question failed.', retryAfterMs);
}

/** An answer with an error. */
export function failure(
  status: 400 | 404 | 503,
  code: string,
  message: string,
  retryAfterMs?: number,
): Answer {
  return { status, body: { error: { code, message } }, retryAfterMs };
}
