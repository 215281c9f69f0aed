import type { Executors } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  between,
  History,
  recordExecutors,
  type RedisServer,
  TokenStorage,
  type Trial,
  until,
} from '@stateful-route/harness';
import { shortLease } from './config.ts';
import { recordFences, type WatchedPods, watchFence } from './fences.ts';
import { inLab, SERVICE } from './lab.ts';
import { timed } from './measures.ts';
import { Serving } from './serving.ts';

/** Options of a trial. */
export interface PartitionOptions {
  /** Decorates the partitioned pod's executors. */
  readonly podExecutors?: (executors: Executors) => Executors;
  /** Decorates the caller's executors. */
  readonly callerExecutors?: (executors: Executors) => Executors;
  /** The lease of the other pod. Default: that of the first. */
  readonly otherLeaseMs?: number;
  /** Whether no pod is cut off. */
  readonly withoutFault?: boolean;
}

/** The result of a trial. */
export interface PartitionSeen {
  readonly history: History;
  /** The time from the pod's fence to the take-over, in ms. Negative if the fence came later. */
  readonly leadMs: number;
}

const TAKEN_WITHIN_MS = 20_000;

/**
 * Cuts a pod off from the store at a random time and in a random way, has a caller take over its users, and ends the
 * partition.
 */
export async function partitionTrial(
  { random, index }: Trial,
  server: RedisServer,
  { podExecutors = same, callerExecutors = same, withoutFault = false, otherLeaseMs }: PartitionOptions = {},
): Promise<PartitionSeen> {
  return inLab(async (lab) => {
    const history = new History();
    const storage = new TokenStorage(history);
    const namespace = `partition-${index}`;
    const config = shortLease(between(random, 1_200, 2_000));
    const proxy = await lab.proxy(server);
    const faults = [() => proxy.blackhole(), () => proxy.hold(), () => proxy.refuse()];
    const cut = faults[Math.floor(random() * faults.length)]!;
    const users = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, at) => `user-${at}`);

    const far = podExecutors(recordExecutors(lab.executors({ url: proxy.url }), history, { by: 0 }));
    const near = lab.executors({ url: server.url });
    const ofPod = recordExecutors(near, history, { by: 1 });
    const pods = [
      await lab.pod(0, { executors: far, namespace, config }),
      await lab.pod(1, {
        executors: ofPod,
        namespace,
        config: otherLeaseMs === undefined ? config : shortLease(otherLeaseMs),
      }),
    ] as const;
    const watched: WatchedPods = new Map(pods.entries());
    watchFence(history, 0, pods[0]);
    const ofCaller = callerExecutors(recordFences(recordExecutors(near, history), history, watched));
    const caller = await lab.caller({ executors: ofCaller, namespace, config });
    const serving = pods.map((pod, podId) => new Serving(pod, podId, storage));
    for (const uid of users) await serving[0]!.accept(uid);

    await sleep(between(random, 0, config.stateCacheExpireSecs! * 1_000));
    if (!withoutFault) cut();
    let fencedAt: number | undefined;
    // Polling might find the fence only after the take-over that it is compared with.
    const noteFence = (): void => {
      fencedAt ??= performance.now();
    };
    if (pods[0].server.isFenced()) noteFence();
    pods[0].server.on('fenced', noteFence);
    let takenAt: number | undefined;
    const take = async (uid: string): Promise<void> => {
      await until(
        'the user is taken over',
        async () => {
          const { value } = await timed(() => caller.service(SERVICE).locate(uid));
          return value?.podId === 1;
        },
        { everyMs: 20, withinMs: TAKEN_WITHIN_MS },
      );
      takenAt ??= performance.now();
      await serving[1]!.accept(uid);
    };
    await Promise.all(users.map(take));
    // Time in which both pods would serve if both could.
    await sleep(between(random, 50, 300));
    proxy.pass();
    await until('the pod is back', () => !pods[0].server.isFenced(), { everyMs: 20 });
    await sleep(100);
    await Promise.all(serving.map((pod) => pod.stop()));
    for (const uid of users) await ofPod.stateful.getLink(namespace, uid, SERVICE);
    return { history, leadMs: takenAt! - (fencedAt ?? Number.POSITIVE_INFINITY) };
  });
}

function same(executors: Executors): Executors {
  return executors;
}
