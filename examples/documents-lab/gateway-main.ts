/** A gateway with times of a test's choice. */
import { createServer } from 'node:http';
import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, type RouteConfigInput } from '@stateful-route/driver';
import { createGateway } from '@stateful-route/gateway';

const { REDIS_URL = '', PORT = '', ROUTE_CONFIG = '{}' } = process.env;
const config = JSON.parse(ROUTE_CONFIG) as RouteConfigInput;
const executors = createRedisExecutors({ url: REDIS_URL });
const route = createStatefulRoute({ executors, namespace: 'game', services: ['document'], config });
await route.start();
const gateway = createGateway(route, { service: 'document', uid: { path: 1 } });
createServer(gateway.request)
  .on('upgrade', gateway.upgrade)
  .listen(Number(PORT), '127.0.0.1', () => console.log('listens'));
