import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { createHost } from '@stateful-route/host';
import { testRedis, uniqueNamespace } from '@stateful-route/testkit/redis';

/** Runs pods with hosts and a caller on a Redis: users come, are used, are handed over. Calls `collect` while the fleet runs. */
export async function withFleet<T>(collect: () => Promise<T>): Promise<T> {
  const redis = await testRedis();
  const executors = createRedisExecutors({ url: redis.url, logger: silentLogger });
  const place = { executors, namespace: uniqueNamespace(), serviceName: 'room', logger: silentLogger };
  const pods = [0, 1].map((podId) => {
    const route = createStatefulRoute({
      ...place,
      podId,
      config: { maxUsers: 100, replicaTarget: { usersPerPod: 50 } },
    });
    return {
      route,
      host: createHost(route, { open: () => ({ uses: 0 }), save: () => {}, saveAfter: 'use' }),
    };
  });
  const caller = createStatefulRoute(place);
  const routes = [...pods.map(({ route }) => route), caller];
  try {
    for (const route of routes) await route.start();
    const rooms = caller.service('room');
    const use = (uid: string): Promise<unknown> =>
      rooms.call<unknown>(uid, ({ podId }) => pods[podId]!.host.use(uid, (state) => ++state.uses));
    const users = Array.from({ length: 20 }, (_, at) => `user-${at}`);
    await Promise.all(users.map(use));
    await pods[0]!.route.server.drain();
    await Promise.all(users.map(use));
    return await collect();
  } finally {
    await Promise.all(routes.map((route) => route.stop()));
    await executors.close();
    await redis.stop();
  }
}
