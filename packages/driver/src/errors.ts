import { type PodStands, routeError, type RouteErrorFields, type RouteErrorOf } from '@stateful-route/core';
import { checkNamespace, invalidConfig } from '@stateful-route/core/adapter';

/** The error of a part that was started twice. */
export function alreadyRunning(part: string): Error {
  return routeError('ALREADY_RUNNING', `The ${part} is started already. Stop it first.`, { part });
}

/** The error of a call outside of `start` and `stop`. */
export function notRunning(part: string, problem: string): Error {
  return routeError('NOT_RUNNING', problem, { part });
}

/** The error of a call whose deadline has passed. The call may be repeated. */
export function timedOut(
  { operation, effect }: Pick<RouteErrorFields['TIMEOUT'], 'operation' | 'effect'>,
  timeoutMs: number,
): Error {
  return routeError(
    'TIMEOUT',
    `${operation} took longer than ${timeoutMs} ms. Try again.`,
    { operation, timeoutMs, effect },
    { retryable: true },
  );
}

/** The error of a service without a pod that can take a new user. */
export function serviceNotReady(namespace: string, serviceName: string): Error {
  return routeError(
    'SERVICE_NOT_READY',
    `No pod of ${namespace}/${serviceName} can take a new user now. Try again later, or look at its pods.`,
    { namespace, serviceName },
  );
}

/** The error of a user whose pod cannot be called and must not be replaced yet. */
export function podNotAvailable(
  user: { readonly namespace: string; readonly uid: string; readonly serviceName: string },
  podId: number | undefined,
  retryAfterMs: number,
  why: PodStands,
  cause?: unknown,
): Error {
  const { namespace, uid, serviceName } = user;
  const problem =
    why === 'quarantined'
      ? `${uid} of ${namespace}/${serviceName} is quarantined, as each pod that opened this user lately has died.`
      : podId === undefined
        ? `It is not known yet which pod of ${namespace}/${serviceName} holds ${uid} (${why}).`
        : `Pod ${podId} of ${namespace}/${serviceName} holds ${uid} and cannot be called now (${why}).`;
  const message = `${problem} Try again in ${Math.ceil(retryAfterMs)} ms.`;
  const fields = { namespace, serviceName, uid, podId, retryAfterMs, why };
  return routeError('POD_NOT_AVAILABLE', message, fields, cause === undefined ? {} : { cause });
}

/** The error of a link that would have to be made in another namespace than the route's own. */
export function namespaceNotLocal(namespace: string, localNamespace: string): Error {
  checkNamespace(namespace);
  return routeError(
    'NAMESPACE_NOT_LOCAL',
    `This route makes links in ${localNamespace} only; it can read those of ${namespace}. Use a route of ${namespace}.`,
    { namespace, localNamespace },
  );
}

/** The error of a pod's call on the route of a caller. */
export function notAPod(missing: 'serviceName' | 'podId'): Error {
  return invalidConfig([
    { name: missing, problem: 'must be given: a route without it is a caller, and has no pod' },
  ]);
}

/** The error of something that was not handed in. */
export function missingDependency(dependency: string, need: string): RouteErrorOf<'MISSING_DEPENDENCY'> {
  return routeError('MISSING_DEPENDENCY', `${dependency} is missing: ${need}.`, { dependency });
}
