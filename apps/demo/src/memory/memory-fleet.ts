import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors, LocatedPod } from '@stateful-route/core';
import { decorateExecutors, type StoreInspector } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { createStatefulRoute } from '@stateful-route/driver';
import {
  type Fleet,
  fleetConfig,
  type FleetOptions,
  IDLE_SECONDS,
  PATIENCE_LEASES,
  SERVICE,
} from '../fleet/fleet.ts';
import { Gateway } from '../gateway/gateway.ts';
import { type PodCalls, PodUnreachable } from '../gateway/pod-calls.ts';
import { RoundTrips } from '../gateway/round-trips.ts';
import { realTime, simulatedTime } from './fleet-time.ts';
import { addressOf, createMemoryPod } from './memory-pod.ts';

const NAMESPACE = 'demo';

/** Parts that a test may replace. */
export interface MemoryFleetSeams {
  /** Decorates the store for pods and gateways, but not for the observer. */
  readonly disturb?: (executors: Executors) => Executors;
}

/** Pods and gateways in this process, on simulated time unless they are to stay up. A seed repeats a run on simulated time. */
export async function startMemoryFleet(
  { pods: podCount, gateways: gatewayCount, strategy, seed, journal, isLive = false }: FleetOptions,
  { disturb = (executors) => executors }: MemoryFleetSeams = {},
): Promise<Fleet> {
  const { clock, config: times, retryAfterMs, ...time } = isLive ? realTime() : simulatedTime();
  const leaseMs = times.leaseSeconds * 1_000;
  const store = createMemoryExecutors({ clock });
  const executors = disturb(store);
  const trips = new RoundTrips();
  const config = fleetConfig(times, gatewayCount);
  const shared = { namespace: NAMESPACE, config, clock };

  let ticks = 0;
  const pods = Array.from({ length: podCount }, (_, podId) =>
    createMemoryPod({
      ...shared,
      podId,
      executors,
      journal,
      tick: () => ++ticks,
      random: seededRandom(seed + gatewayCount + podId),
      ownerOf: (uid) => store.stateful.getLinkedPodIfPersist(NAMESPACE, uid, SERVICE),
    }),
  );
  const byAddress = new Map(pods.map((pod, podId) => [addressOf(podId), pod]));
  const calls: PodCalls = {
    ask: async ({ podId, address }: LocatedPod, uid) => {
      const pod = address === undefined ? undefined : byAddress.get(address);
      if (!pod) throw new PodUnreachable(podId);
      return pod.ask(uid);
    },
  };
  const routes = Array.from({ length: gatewayCount }, (_, index) =>
    createStatefulRoute({
      ...shared,
      executors: [trips.countSentCalls, trips.countCalls, trips.noteRelinks].reduce(
        decorateExecutors,
        executors,
      ),
      services: [SERVICE],
      strategy,
      overrides: { random: seededRandom(seed + index) },
    }),
  );
  for (const part of [...pods, ...routes]) await part.start();
  const gateways = routes.map(
    (route) =>
      new Gateway({
        service: route.service(SERVICE),
        pods: calls,
        trips,
        clock,
        retryAfterMs,
        patienceMs: PATIENCE_LEASES * leaseMs,
      }),
  );

  const idle = isLive
    ? setInterval(() => pods.forEach((pod) => void pod.endIdle(IDLE_SECONDS).catch(stays)), 1_000)
    : undefined;
  return {
    ...time,
    gateways,
    trips,
    guide: [],
    namespace: NAMESPACE,
    openDirectory: () => ({
      executors: store,
      inspector: { scanLinks: () => linksOf(journal.users()) },
      close: () => Promise.resolve(),
    }),
    leaseMs,
    drain: (podId) => store.server.setPodIntent(NAMESPACE, SERVICE, podId, 'drain'),
    kill: async (podId) => {
      pods[podId]!.kill();
    },
    addPods: () => Promise.reject(new Error('pods in this process are not added later')),
    close: async () => {
      clearInterval(idle);
      for (const route of routes) await route.stop();
      for (const pod of pods) await pod.stop();
      await store.close();
    },
  };
}

/** A user who cannot be let go now stays until that is tried again. */
const stays = (): void => {};

/** The users that pods ever held, as a scan of the links finds them. */
async function* linksOf(uids: readonly string[]): ReturnType<StoreInspector['scanLinks']> {
  yield {
    found: uids.map((uid) => ({ uid, serviceName: SERVICE })),
    scanned: uids.length,
    total: uids.length,
  };
}
