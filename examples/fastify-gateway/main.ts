/**
 * The gateway as a program: `curl -X POST localhost:8000/users/ada/visits` reaches ada's pod, as does a WebSocket to
 * `ws://localhost:8000/users/ada/live`.
 *
 * Run it beside some pods (`../fastify-pod/main.ts`), as many as you like:
 *
 *   REDIS_URL=redis://127.0.0.1:6379 NAMESPACE=game SERVICE=room PORT=8000 node \
 *     --conditions=@stateful-route/source --import @oxc-node/core/register examples/fastify-gateway/main.ts
 *
 * Outside this repository the two options are not needed: they run the packages from their sources.
 */
import { createStatefulRoute } from '@stateful-route/driver';
import { addProbes } from '../probes.ts';
import { executorsFromEnv, listeningFromEnv } from '../environment.ts';
import { createGateway } from './gateway.ts';

const { NAMESPACE: namespace = 'game', SERVICE: serviceName = 'room' } = process.env;
const { host, port, address } = listeningFromEnv();
const executors = executorsFromEnv();
const route = createStatefulRoute({ executors, namespace, serviceName });
const app = await createGateway({ service: route.service(serviceName) });
addProbes(app, route);

process.once('SIGTERM', () => void stop());

// A gateway starts before it listens. It publishes nothing, and its first user does not wait until the pods are read.
await route.start();
await app.listen({ host, port });
console.log(`gateway of ${namespace}/${serviceName} on ${address}`);

async function stop(): Promise<void> {
  await app.close();
  await route.stop();
  await executors.close();
}
