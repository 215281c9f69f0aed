import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import {
  checkFunction,
  checkWord,
  configCheck,
  hasMethods,
  invalidParameter,
  onAbort,
} from '@stateful-route/core/adapter';
import { admit, type Enterable } from './faces/admission.ts';
import { endOf } from './faces/guard.ts';
import { checkProbedRoute, type ProbedRoute, probeAnswer } from './faces/probes.ts';
import { answerOf } from './faces/refusal.ts';
import { requestEntity } from './faces/request-entity.ts';
import { uidFromHeader } from './faces/uid-from-header.ts';
import type { RequestEntity } from './host.ts';

/** Options of {@link entities}. */
export interface EntitiesOptions {
  /** What `createHost` returns. */
  readonly host: Enterable<unknown>;
  /** The uid of a request. Default: the header `stateful-route-uid`. */
  readonly uid?: ((request: FastifyRequest) => string | undefined | Promise<string | undefined>) | undefined;
  /**
   * Which routes need a user. `'all'`: those without `config: { entity: false }`. `'chosen'`: those with
   * `config: { entity: true }`. Default `'all'`.
   */
  readonly routes?: 'all' | 'chosen' | undefined;
}

/** Options of {@link probes}. */
export interface ProbesOptions {
  readonly route: ProbedRoute;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of routes that need a user. Name the state's type at the use: `entity.use((visits: Visits) => …)`. */
    readonly entity: RequestEntity<never>;
  }
  interface FastifyContextConfig {
    /** Whether the route needs a user, if not as `routes` of the plugin says. */
    readonly entity?: boolean;
  }
}

const checkEntities = configCheck<EntitiesOptions>(
  {
    host: (value) => {
      if (!hasMethods(value, ['enter'])) throw invalidParameter('host', 'must be what createHost returns');
    },
    uid: (value) => checkFunction(value, 'uid'),
    routes: (value) => checkWord(value, 'routes', ['all', 'chosen']),
  },
  { required: ['host'] },
);
const checkProbes = configCheck<ProbesOptions>({ route: checkProbedRoute }, { required: ['route'] });

/**
 * A plugin that sets `request.entity`, before the body is read. A request of another pod's user is answered 421, one that cannot
 * be served now 503, one without a uid 400. It counts for the whole application, for the routes that are added after it.
 *
 * @example
 * await app.register(entities, { host });
 * app.post('/visits', ({ entity }) => entity.use((visits: Visits) => ++visits.count));
 */
export const entities: FastifyPluginAsync<EntitiesOptions> = async (app, options) => {
  checkEntities(options);
  const { host, uid = ({ raw }: FastifyRequest) => uidFromHeader(raw), routes = 'all' } = options;
  app.decorateRequest('entity');
  app.addHook('onRequest', async (request, reply) => {
    const isGuarded = request.routeOptions.config.entity ?? routes === 'all';
    if (!isGuarded || request.is404) return undefined;
    return enter(host, uid, request, reply);
  });
};

/** A plugin that answers `GET /readyz` and `GET /livez`: 200, or 503 with the `problems`. */
export const probes: FastifyPluginAsync<ProbesOptions> = async (app, options) => {
  checkProbes(options);
  for (const url of ['/readyz', '/livez']) {
    app.get(url, { config: { entity: false } }, async (_request, reply) => {
      const { status, body } = probeAnswer(options.route, 'GET', url)!;
      return reply.code(status).header('cache-control', 'no-store').send(body);
    });
  }
};

// As fastify-plugin does it: without these a plugin counts only for the routes that it adds itself.
for (const [name, plugin] of Object.entries({ entities, probes })) {
  Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: `stateful-route-${name}`,
  });
}

async function enter(
  host: Enterable<unknown>,
  uidOf: NonNullable<EntitiesOptions['uid']>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const ended = endOf(reply.raw);
  const { stay, refusal } = await admit(host, () => uidOf(request), ended);
  if (stay) {
    onAbort(ended, () => stay.leave());
    Object.assign(request, { entity: requestEntity(stay) });
    return undefined;
  }
  // The client has gone.
  if (!refusal) return reply.hijack();
  const { headers, body } = answerOf(refusal, request.raw);
  return reply.code(refusal.status).headers(headers).send(body);
}
