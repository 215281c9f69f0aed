import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasMethods, invalidParameter } from '@stateful-route/core/adapter';
import type { Liveness, Readiness } from '@stateful-route/driver';

/** What the probes need of a route. */
export interface ProbedRoute {
  readiness(): Readiness;
  liveness(): Liveness;
}

/** The answer of a probe, as JSON. */
export interface ProbeAnswer {
  readonly status: 200 | 503;
  readonly body: Readiness | Liveness;
}

/**
 * Middleware for Express that answers `GET /readyz` and `GET /livez`: 200, or 503 with the `problems`. Without `next`, in
 * `node:http`, other requests get 404.
 */
export type Probes = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;

/** Makes the probes of a route: whether it takes requests now, and whether its process is worth keeping. */
export function probes(route: ProbedRoute): Probes {
  checkProbedRoute(route);
  return (request, response, next) => {
    const answer = probeAnswer(route, request.method, request.url);
    if (!answer && next) return next();
    const body = answer ? JSON.stringify(answer.body) : '';
    response.writeHead(answer?.status ?? 404, {
      'content-length': Buffer.byteLength(body),
      ...(answer && { 'content-type': 'application/json', 'cache-control': 'no-store' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

export function checkProbedRoute(route: unknown): void {
  if (!hasMethods(route, ['readiness', 'liveness'])) {
    throw invalidParameter('route', 'must be a route, as createStatefulRoute returns it');
  }
}

/** @returns `undefined` for a request that is no probe. */
export function probeAnswer(route: ProbedRoute, method = 'GET', url = '/'): ProbeAnswer | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const [path] = url.split('?', 1);
  if (path === '/readyz') {
    const body = route.readiness();
    return { status: body.ready ? 200 : 503, body };
  }
  if (path === '/livez') {
    const body = route.liveness();
    return { status: body.alive ? 200 : 503, body };
  }
  return undefined;
}
