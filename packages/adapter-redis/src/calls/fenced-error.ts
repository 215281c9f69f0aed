import { type RouteError, routeError, type RouteErrorFields } from '@stateful-route/core';

/** The error of a heartbeat or a claim that met a greater incarnation. */
export function fencedError(what: string, fields: RouteErrorFields['FENCED']): RouteError {
  const { namespace, serviceName, podId, incarnation, met } = fields;
  const message = `${what} of pod ${podId} of ${namespace}/${serviceName} is of incarnation ${incarnation}, but ${met} started later. Check whether two processes have this ordinal.`;
  return routeError('FENCED', message, fields);
}
