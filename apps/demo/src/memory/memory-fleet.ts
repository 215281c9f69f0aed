import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors, LocatedPod } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock, seededRandom } from '@stateful-route/core/testing';
import { createStatefulRoute, type RouteConfigInput } from '@stateful-route/driver';
import { type Fleet, fleetConfig, type FleetOptions, PATIENCE_LEASES, SERVICE } from '../fleet/fleet.ts';
import { Gateway } from '../gateway/gateway.ts';
import { type PodCalls, PodUnreachable } from '../gateway/pod-calls.ts';
import { RoundTrips } from '../gateway/round-trips.ts';
import { SimulatedTime } from './simulated-time.ts';
import { addressOf, createMemoryPod } from './memory-pod.ts';

/** The lease of `compat`, and few heartbeats, so that days of a log pass in seconds. */
const CONFIG = {
  profile: 'compat',
  leaseSeconds: 300,
  heartbeatSeconds: 100,
  workloadStateUpdatePeriodSeconds: 3_600,
  stateRefreshMs: 100_000,
  healthCheckIntervalMs: 3_600_000,
} as const satisfies RouteConfigInput;
const LEASE_MS = CONFIG.leaseSeconds * 1_000;
const PERIOD_MS = CONFIG.heartbeatSeconds * 1_000;
const NAMESPACE = 'demo';

/** Parts that a test may replace. */
export interface MemoryFleetSeams {
  /** Decorates the store for pods and gateways, but not for the observer. */
  readonly disturb?: (executors: Executors) => Executors;
}

/** Pods and gateways in this process, on simulated time. A seed repeats its run. */
export async function startMemoryFleet(
  { pods: podCount, gateways: gatewayCount, strategy, seed, journal }: FleetOptions,
  { disturb = (executors) => executors }: MemoryFleetSeams = {},
): Promise<Fleet> {
  const clock = new ManualClock();
  const store = createMemoryExecutors({ clock });
  const executors = disturb(store);
  const trips = new RoundTrips();
  const config = fleetConfig(CONFIG, gatewayCount);
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
        retryAfterMs: PERIOD_MS,
        patienceMs: PATIENCE_LEASES * LEASE_MS,
      }),
  );

  const time = new SimulatedTime(clock);
  return {
    gateways,
    trips,
    guide: [],
    description: 'in this process, on simulated time',
    leaseMs: LEASE_MS,
    arrive: (at) => time.moveTo(at),
    pass: (until) => time.pass(until),
    timeLabel: () => new Date(time.now()).toISOString().slice(0, 19).replace('T', ' '),
    drain: (podId) => store.server.setPodIntent(NAMESPACE, SERVICE, podId, 'drain'),
    kill: async (podId) => {
      pods[podId]!.kill();
    },
    addPods: () => Promise.reject(new Error('pods in this process are not added later')),
    close: async () => {
      for (const route of routes) await route.stop();
      for (const pod of pods) await pod.stop();
      await store.close();
    },
  };
}
