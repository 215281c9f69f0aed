import { createServer, type RequestListener } from 'node:http';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { createGateway } from '@stateful-route/gateway';
import { onParentMessage, sendToParent } from '@stateful-route/lab/process';
import { ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { bareProxy } from './bare-proxy.ts';
import { listening } from './listening.ts';
import type { CpuQuestion, ProxyOrder, ProxyReport } from './messages.ts';

onParentMessage(async (message: ProxyOrder | CpuQuestion) => {
  if ('asks' in message) {
    const { user, system } = process.cpuUsage();
    return sendToParent({ type: 'cpu', microseconds: user + system } satisfies ProxyReport);
  }
  const listener =
    message.kind === 'bare' ? bareProxy(`http://${message.podAddress}`) : await gatewayListener(message);
  const address = await listening(createServer(listener));
  await sendToParent({ type: 'listens', address } satisfies ProxyReport);
});

async function gatewayListener({ url, namespace }: ProxyOrder): Promise<RequestListener> {
  const route = createStatefulRoute({
    executors: createRedisExecutors({ url }),
    namespace,
    services: [SERVICE],
    config: ROUTE_CONFIG,
    logger: silentLogger,
  });
  await route.start();
  const gateway = createGateway(route, { service: SERVICE, uid: { header: 'x-user' }, placeRate: 100_000 });
  return gateway.request;
}
