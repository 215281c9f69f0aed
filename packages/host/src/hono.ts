import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  checkFunction,
  configCheck,
  hasMethods,
  invalidParameter,
  onAbort,
} from '@stateful-route/core/adapter';
import type { Context, MiddlewareHandler } from 'hono';
import { admit, type Enterable } from './faces/admission.ts';
import { endOf } from './faces/guard.ts';
import { checkProbedRoute, probeAnswer, type ProbedRoute } from './faces/probes.ts';
import { answerOf } from './faces/refusal.ts';
import { requestEntity } from './faces/request-entity.ts';
import { decodeUid, UID_HEADER } from './faces/uid-from-header.ts';
import type { RequestEntity } from './host.ts';

/** Options of {@link entity}. */
export interface EntityOptions {
  /** The uid of a request. Default: the header `stateful-route-uid`. */
  readonly uid?: ((context: Context) => string | undefined | Promise<string | undefined>) | undefined;
}

/** What the middleware adds to a context. */
export interface EntityEnv<State> {
  Variables: { entity: RequestEntity<State> };
}

/** What `@hono/node-server` hands on. Other runtimes lack it. */
interface NodeBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

const checkOptions = configCheck<EntityOptions>({ uid: (value) => checkFunction(value, 'uid') });

/**
 * Middleware that sets `c.get('entity')`. A request of another pod's user is answered 421, one that cannot be served now 503, one
 * without a uid 400. The stay ends with the response; where there is no `@hono/node-server`, when the handlers have returned.
 *
 * @example
 * app.post('/visits', entity(host), async (c) => c.json(await c.get('entity').use((visits) => ++visits.count)));
 */
export function entity<State>(
  host: Enterable<State>,
  options: EntityOptions = {},
): MiddlewareHandler<EntityEnv<State>> {
  if (!hasMethods(host, ['enter'])) throw invalidParameter('host', 'must be what createHost returns');
  checkOptions(options);
  const { uid = uidOfContext } = options;
  return async (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as NodeBindings;
    const ended = outgoing ? endOf(outgoing) : context.req.raw.signal;
    const { stay, refusal } = await admit(host, () => uid(context), ended);
    if (refusal) {
      const { headers, body } = answerOf(refusal, incoming);
      return new Response(body || null, { status: refusal.status, headers });
    }
    // The client has gone, and reads no answer.
    if (!stay) return new Response(null, { status: 503 });
    const off = onAbort(ended, () => stay.leave());
    context.set('entity', requestEntity(stay));
    try {
      await next();
    } finally {
      if (!outgoing) {
        off();
        stay.leave();
      }
    }
    return undefined;
  };
}

function uidOfContext(context: Context): string | undefined {
  const value = context.req.header(UID_HEADER);
  return value === undefined ? undefined : decodeUid(value);
}

/** Middleware that answers `GET /readyz` and `GET /livez`: 200, or 503 with the `problems`. */
export function probes(route: ProbedRoute): MiddlewareHandler {
  checkProbedRoute(route);
  return async (context, next) => {
    const answer = probeAnswer(route, context.req.method, context.req.path);
    if (!answer) return next();
    context.header('cache-control', 'no-store');
    return context.json(answer.body, answer.status);
  };
}
