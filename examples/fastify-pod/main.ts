/**
 * A pod with graceful shutdown.
 *
 * Shows the order that matters: the pod is published after its transport listens, and it hands its users over and says
 * that it ends before the transport closes. In between it answers 421 for users that it does not hold.
 *
 * Run it three times, as `room-0`, `room-1` and `room-2`, each with a port of its own (in a StatefulSet give the pod
 * POD_NAME, POD_NAMESPACE and POD_IP from the downward API):
 *
 *   REDIS_URL=redis://127.0.0.1:6379 POD_NAMESPACE=game POD_NAME=room-0 PORT=8080 node \
 *     --conditions=@stateful-route/source --import @oxc-node/core/register examples/fastify-pod/main.ts
 *
 * Outside this repository the two options are not needed: they run the packages from their sources.
 */
import { createStatefulRoute, fromEnv } from '@stateful-route/driver';
import { callersHear } from '../callers-hear.ts';
import { Room } from '../room.ts';
import { executorsFromEnv, listeningFromEnv } from '../surroundings.ts';
import { createPodServer } from './pod-server.ts';

const identity = fromEnv();
const { host, port, address } = listeningFromEnv();
const executors = executorsFromEnv();
const route = createStatefulRoute({
  ...identity,
  executors,
  address,
});
const room = new Room(route.server);
const app = await createPodServer({ podId: identity.podId, route, room });

// The library installs no signal handler: the application knows what has to happen, and in which order.
process.once('SIGTERM', () => void stop());

await app.listen({ host, port });
await route.start();
console.log(`${identity.serviceName}-${identity.podId} serves on ${address}`);

async function stop(): Promise<void> {
  const { left } = await route.stop(); // refuses new users, saves those it holds and moves them, and says that the pod ends
  await callersHear(); // those who have not heard are still answered 421, and led on
  await app.close(); // lets the requests under way end
  await executors.close();
  console.log(`stopped, ${left} users left`);
}
