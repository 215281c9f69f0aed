import type { Clock, Executors } from '@stateful-route/core';
import { createStatefulRoute, type RouteConfigInput } from '@stateful-route/driver';
import { SERVICE } from '../fleet/fleet.ts';
import { PodUnreachable } from '../gateway/pod-calls.ts';
import type { ServingJournal } from '../report/serving-journal.ts';
import type { Answer } from '../room/answer.ts';
import { RoomPod } from '../room/room-pod.ts';
import { killable } from './killable.ts';

/** What a pod in this process needs. */
export interface MemoryPodParts {
  readonly podId: number;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly clock: Clock;
  /** The store of the pod's driver. */
  readonly executors: Executors;
  readonly ownerOf: (uid: string) => Promise<number | undefined>;
  readonly journal: ServingJournal;
  /** Orders the journal's entries of all pods, as they may have the same simulated time. */
  readonly tick: () => number;
  /** The random generator of hand-offs. */
  readonly random: () => number;
}

/** A pod that shares its process with the others. */
export interface MemoryPod {
  start(): Promise<void>;
  ask(uid: string): Promise<Answer>;
  /** Lets go of users who have sent no request over the last `calls` calls. */
  endIdle(calls: number): Promise<void>;
  kill(): void;
  stop(): Promise<void>;
}

/** The address of a pod in this process. */
export function addressOf(podId: number): string {
  return `memory:${podId}`;
}

/** Creates a pod that runs in this process and can be killed. */
export function createMemoryPod(parts: MemoryPodParts): MemoryPod {
  const { podId, namespace, journal, tick, ownerOf } = parts;
  const host = killable(parts.clock, parts.executors);
  const route = createStatefulRoute({
    executors: host.executors,
    clock: host.clock,
    namespace,
    serviceName: SERVICE,
    podId,
    address: addressOf(podId),
    config: parts.config,
    drain: { onHandOff: (user) => pod.handOver(user.uid, user.podId) },
    overrides: { newIncarnation: () => `${podId}-${tick()}`, random: parts.random },
  });
  const pod: RoomPod = new RoomPod({
    podId,
    driver: route.server,
    ownerOf,
    journal: {
      opened: async (uid, token) => {
        if (!host.dead) journal.opened(podId, uid, token, tick());
      },
      closed: async (uid, movesTo) => {
        if (!host.dead) journal.closed(podId, uid, tick(), movesTo);
      },
    },
  });
  return {
    start: () => route.start(),
    ask: (uid) => host.unlessKilled(() => pod.handle(uid)),
    endIdle: async (calls) => {
      if (!host.dead) await pod.endIdle(calls);
    },
    kill: () => {
      host.kill(new PodUnreachable(podId));
      journal.died(podId, tick());
    },
    stop: async () => {
      if (host.dead) return;
      // The run is over: there is no pod to hand the users to.
      await route.stop({ signal: AbortSignal.abort() });
    },
  };
}
