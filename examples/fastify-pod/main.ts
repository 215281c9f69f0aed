/**
 * A pod with graceful shutdown.
 *
 * The order matters. The pod is published after its transport listens. It hands its users over and ends before the transport
 * closes; until then it answers 421 for users that it does not hold.
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
import { waitForCallers } from '../wait-for-callers.ts';
import { Room } from '../room.ts';
import { executorsFromEnv, listeningFromEnv } from '../environment.ts';
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

// The library installs no signal handler: the application decides the order of its shutdown.
process.once('SIGTERM', () => void stop());

await app.listen({ host, port });
await route.start();
console.log(`${identity.serviceName}-${identity.podId} serves on ${address}`);

async function stop(): Promise<void> {
  const { left } = await route.stop(); // refuses new users, hands the others over, ends the pod
  await waitForCallers(); // callers that do not know it yet still get 421, and look the user up again
  await app.close(); // lets the requests in progress end
  await executors.close();
  console.log(`stopped, ${left} users left`);
}
