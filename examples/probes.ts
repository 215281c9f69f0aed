/** The probes of Kubernetes: the route's liveness and readiness. */
import type { StatefulRoute, StatefulRouteForServerDriver } from '@stateful-route/driver';
import type { FastifyInstance } from 'fastify';

export type AnyRoute = StatefulRoute<StatefulRouteForServerDriver | undefined>;

export function addProbes(app: FastifyInstance, route: AnyRoute): void {
  app.get('/livez', async (_request, reply) => {
    const liveness = route.liveness();
    return reply.code(liveness.alive ? 200 : 503).send(liveness);
  });
  app.get('/readyz', async (_request, reply) => {
    const readiness = route.readiness();
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
}
