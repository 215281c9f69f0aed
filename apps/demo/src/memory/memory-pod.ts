import type { Executors } from '@stateful-route/core';
import type { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute, type RouteConfigInput } from '@stateful-route/driver';
import { SERVICE } from '../fleet/fleet.ts';
import { PodUnreachable } from '../gateway/pod-calls.ts';
import type { ServingJournal } from '../report/serving-journal.ts';
import type { Answer } from '../room/answer.ts';
import { RoomPod } from '../room/room-pod.ts';
import { mortal } from './mortal.ts';

/** What a pod in this process is made of. */
export interface MemoryPodParts {
  readonly podId: number;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly clock: ManualClock;
  /** What the pod's driver speaks to. */
  readonly executors: Executors;
  readonly ownerOf: (uid: string) => Promise<number | undefined>;
  readonly journal: ServingJournal;
  /** Numbers the journal's entries across all pods, as simulated time stands still between them. */
  readonly tick: () => number;
  /** What chance is drawn from where a user is handed over. */
  readonly random: () => number;
}

/** A pod that shares its process with all others. */
export interface MemoryPod {
  start(): Promise<void>;
  ask(uid: string): Promise<Answer>;
  kill(): void;
  stop(): Promise<void>;
}

/** Where a pod in this process is reached. */
export function addressOf(podId: number): string {
  return `memory:${podId}`;
}

/** Makes a pod that lives, and dies, within this process. */
export function createMemoryPod(parts: MemoryPodParts): MemoryPod {
  const { podId, namespace, journal, tick, ownerOf } = parts;
  const life = mortal(parts.clock, parts.executors);
  const route = createStatefulRoute({
    executors: life.executors,
    clock: life.clock,
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
        if (!life.dead) journal.opened(podId, uid, token, tick());
      },
      closed: async (uid, movesTo) => {
        if (!life.dead) journal.closed(podId, uid, tick(), movesTo);
      },
    },
  });
  return {
    start: () => route.start(),
    ask: (uid) => life.survive(() => pod.handle(uid)),
    kill: () => {
      life.end(new PodUnreachable(podId));
      journal.died(podId, tick());
    },
    stop: async () => {
      if (life.dead) return;
      // The run is over: nobody is left to hand the users to.
      await route.stop({ signal: AbortSignal.abort() });
    },
  };
}
