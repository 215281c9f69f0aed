import { createServer } from 'node:http';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { onParentMessage, sendToParent } from '@stateful-route/lab/process';
import { ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { listening } from './listening.ts';
import type { PodOrder, ProxyReport } from './messages.ts';

/** What an API answers: some JSON. */
const ANSWER = JSON.stringify({ visits: 'x'.repeat(1_000) });

onParentMessage(async ({ url, namespace }: PodOrder) => {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
      response.end(ANSWER);
    });
  });
  const address = await listening(server);
  const executors = createRedisExecutors({ url });
  const route = createStatefulRoute({
    executors,
    namespace,
    serviceName: SERVICE,
    podId: 0,
    address,
    config: ROUTE_CONFIG,
    logger: silentLogger,
  });
  await route.start();
  await sendToParent({ type: 'listens', address } satisfies ProxyReport);
});
