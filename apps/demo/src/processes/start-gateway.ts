import { createRedisExecutors } from '@stateful-route/adapter-redis';
import { systemClock } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { createStatefulRoute, type RouteConfigInput, type StrategyName } from '@stateful-route/driver';
import { SERVICE } from '../fleet/fleet.ts';
import type { Endings } from '@stateful-route/lab/redis';
import { Gateway } from '../gateway/gateway.ts';
import type { RoundTrips } from '../gateway/round-trips.ts';
import { CountingRedis } from './counting-redis.ts';
import { HttpPodCalls } from './http-pod-calls.ts';
import { connectRedis } from './redis-connection.ts';

/** Options of a gateway in front of pods' processes. */
export interface GatewayOptions {
  readonly redis: string;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly trips: RoundTrips;
  readonly retryAfterMs: number;
  readonly patienceMs: number;
}

/** Starts a gateway with its own connection, whose commands are counted. */
export async function startGateway(options: GatewayOptions, endings: Endings): Promise<Gateway> {
  const { redis, namespace, config, strategy, seed, trips, retryAfterMs, patienceMs } = options;
  const client = await connectRedis(
    redis,
    (url, clientOptions) => new CountingRedis(url, clientOptions, () => trips.countSent()),
  );
  endings.add(async () => client.disconnect());
  const executors = createRedisExecutors({ client });
  endings.add(() => executors.close());
  const route = createStatefulRoute({
    executors: [trips.countCalls, trips.noteRelinks].reduce(decorateExecutors, executors),
    namespace,
    config,
    strategy,
    services: [SERVICE],
    overrides: { random: seededRandom(seed) },
  });
  await route.start();
  endings.add(() => route.stop());
  const pods = new HttpPodCalls();
  endings.add(() => pods.close());
  return new Gateway({
    service: route.service(SERVICE),
    pods,
    trips,
    clock: systemClock,
    retryAfterMs,
    patienceMs,
  });
}
