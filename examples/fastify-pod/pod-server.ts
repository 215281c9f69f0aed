/**
 * A pod's transport on Fastify: HTTP and WebSocket for the users that the pod holds, 421 (Misdirected Request) for all others,
 * and the probes. After a 421 nothing was done, so the caller may look the user up again and repeat the request.
 */
import websocket from '@fastify/websocket';
import type { StatefulRoute, StatefulRouteForServerDriver } from '@stateful-route/driver';
import Fastify, { type FastifyInstance, type preValidationAsyncHookHandler } from 'fastify';
import { addProbes } from '../probes.ts';
import type { Room } from '../room.ts';

export interface PodServerParts {
  readonly podId: number;
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
  readonly room: Room;
}

interface OfUser {
  readonly Params: { readonly uid: string };
}

const MISDIRECTED = { message: 'another pod serves this user' };
/** Closes a WebSocket whose user moves. The client reconnects, and the gateway finds the new pod. */
const SERVICE_RESTART = 1012;

export async function createPodServer({ podId, route, room }: PodServerParts): Promise<FastifyInstance> {
  const app = Fastify();
  await app.register(websocket);
  addProbes(app, route);

  app.post<OfUser>('/users/:uid/visits', async ({ params: { uid } }, reply) => {
    const visits = await room.visit(uid);
    return visits === undefined ? reply.code(421).send(MISDIRECTED) : { uid, podId, visits };
  });

  app.delete<OfUser>('/users/:uid', async ({ params: { uid } }, reply) => {
    await room.leave(uid);
    return reply.code(204).send();
  });

  // Before the upgrade, while 421 is possible and the caller can go to another pod.
  const onlyMine: preValidationAsyncHookHandler = async (request, reply) => {
    const { uid } = request.params as OfUser['Params'];
    if (!(await room.enter(uid))) await reply.code(421).send(MISDIRECTED);
  };
  app.get<OfUser>(
    '/users/:uid/live',
    { websocket: true, preValidation: onlyMine },
    (socket, { params: { uid } }) => {
      const end = (): void => {
        socket.close(SERVICE_RESTART);
      };
      const answer = async (): Promise<void> => {
        const visits = await room.visit(uid);
        if (visits === undefined) end();
        else socket.send(JSON.stringify({ uid, podId, visits }));
      };
      const endWithUser = async (): Promise<void> => {
        const gone = await room.enter(uid);
        if (!gone || gone.aborted) return end();
        gone.addEventListener('abort', end);
        socket.once('close', () => gone.removeEventListener('abort', end));
      };
      socket.on('message', () => {
        answer().catch(end);
      });
      endWithUser().catch(end);
    },
  );
  return app;
}
