/**
 * The driver in an application of servers and hooks, as in Kratos: `afterStart` publishes the pod, `beforeStop` hands its users
 * over and ends it.
 *
 * Run it as the Fastify pod (`../fastify-pod/main.ts`): the same environment, the same routes.
 */
import { createStatefulRoute, fromEnv } from '@stateful-route/driver';
import { waitForCallers } from '../wait-for-callers.ts';
import { createPodServer } from '../fastify-pod/pod-server.ts';
import { Room } from '../room.ts';
import { executorsFromEnv, listeningFromEnv } from '../environment.ts';
import { App } from './app.ts';

const identity = fromEnv();
const { host, port, address } = listeningFromEnv();
const executors = executorsFromEnv();
const route = createStatefulRoute({
  ...identity,
  executors,
  address,
});
const room = new Room(route.server);
const http = await createPodServer({ podId: identity.podId, route, room });

const app = new App({
  servers: [{ start: async () => void (await http.listen({ host, port })), stop: () => http.close() }],
  afterStart: [
    () => route.start(),
    () => console.log(`${identity.serviceName}-${identity.podId} serves on ${address}`),
  ],
  beforeStop: [() => route.stop(), waitForCallers],
});

await app.run();
await executors.close();
console.log('stopped');
