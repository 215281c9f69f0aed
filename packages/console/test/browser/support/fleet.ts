import { setTimeout as pause } from 'node:timers/promises';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors, PodMetadata } from '@stateful-route/core';
import type { StoreInspector } from '@stateful-route/core/adapter';
import { createStatefulRoute, NOT_MINE, type PodRouteOptions, silentLogger } from '@stateful-route/driver';

const [namespace, serviceName] = ['game', 'room'];
const TIMES = { heartbeatSeconds: 0.5, leaseSeconds: 3, stateRefreshMs: 500 };

/** What makes a pod of a fleet, besides its ordinal. */
export interface FleetPod extends Partial<PodRouteOptions> {
  readonly metadata?: PodMetadata;
}

type PodRoute = ReturnType<typeof podRoute>;

/** Pods of one service in this process, by the machine's clock, as the page's own clock goes on. */
export interface Fleet extends AsyncDisposable {
  readonly namespace: string;
  readonly service: string;
  readonly executors: Executors;
  readonly inspector: Pick<StoreInspector, 'scanLinks'>;
  pod(podId: number): PodRoute;
  start(podId: number, pod?: FleetPod): Promise<PodRoute>;
  /** Ends a pod as a rolling update does. */
  stop(podId: number): Promise<void>;
  claim(podId: number, ...uids: readonly string[]): Promise<void>;
  /** Sends a request of each user by way of a gateway, as long as the signal says nothing. */
  visit(uids: readonly string[], signal: AbortSignal): Promise<void>;
}

/** Starts a fleet whose pods beat twice a second and save nothing when they hand users over. */
export async function startFleet(pods: readonly FleetPod[]): Promise<Fleet> {
  const executors = createMemoryExecutors();
  const routes = new Map<number, PodRoute>();
  const known = new Set<string>();
  const fleet: Fleet = {
    namespace,
    service: serviceName,
    executors,
    inspector: { scanLinks: () => foundLinks([...known]) },
    pod: (podId) => routes.get(podId)!,
    start: async (podId, pod = {}) => {
      const route = podRoute(executors, podId, pod);
      await route.start();
      if (pod.metadata) await route.server.setMetadata(pod.metadata);
      routes.set(podId, route);
      return route;
    },
    stop: async (podId) => {
      await routes.get(podId)?.stop();
      routes.delete(podId);
    },
    claim: async (podId, ...uids) => {
      for (const uid of uids) {
        known.add(uid);
        await fleet.pod(podId).server.claim(uid);
      }
    },
    visit: async (uids, signal) => {
      const gateway = createStatefulRoute({ executors, namespace, logger: silentLogger, config: TIMES });
      await gateway.start();
      while (!signal.aborted) {
        // In memory nothing waits: without this no timer of the pods would fire.
        await pause(50);
        for (const uid of uids) {
          await gateway.service(serviceName).call(uid, async ({ podId }) => {
            const { claimed } = await fleet.pod(podId).server.claim(uid);
            return claimed || NOT_MINE;
          });
        }
      }
      await gateway.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...routes.values()].map((route) => route.stop()));
      await executors.close();
    },
  };
  for (const [podId, pod] of pods.entries()) await fleet.start(podId, pod);
  return fleet;
}

const podRoute = (executors: Executors, podId: number, { metadata: _metadata, ...pod }: FleetPod) =>
  createStatefulRoute({
    executors,
    namespace,
    serviceName,
    address: `10.0.0.${podId}:8080`,
    logger: silentLogger,
    drain: { onHandOff: async () => {} },
    ...pod,
    podId,
    config: { ...TIMES, ...pod.config },
  });

async function* foundLinks(uids: readonly string[]): ReturnType<StoreInspector['scanLinks']> {
  const found = uids.map((uid) => ({ uid, serviceName }));
  yield { found, scanned: found.length, total: found.length };
}
