import type { Executors } from '@stateful-route/core';
import { decorateExecutors, type PodReport } from '@stateful-route/core/adapter';
import type { History } from '@stateful-route/harness';
import type { PodRoute } from './lab.ts';

/** The pods whose fences are recorded, by ordinal. */
export type WatchedPods = Map<number, PodRoute>;

/** Records when a pod can serve, and when it is fenced. */
export function watchFence(history: History, podId: number, pod: PodRoute): void {
  history.serving(podId);
  pod.server.on('fenced', () => history.fenced(podId));
  pod.server.on('unfenced', () => history.serving(podId));
}

/** A pod's executors. They record that it stopped serving just before its last heartbeat reports that. */
export function recordEnd(executors: Executors, history: History, podId: number): Executors {
  return decorateExecutors(executors, (call) => {
    const ends = call.method === 'setServiceState' && (call.args[3] as PodReport).state === 'TERMINATING';
    if (ends) history.fenced(podId);
    return call.run(call.options);
  });
}

/**
 * A caller's executors. At a take-over they record whether the owner is fenced, as its event may come later.
 */
export function recordFences(executors: Executors, history: History, pods: WatchedPods): Executors {
  return decorateExecutors(executors, (call) => {
    if (call.method === 'replaceLinkedPod') {
      const podId = call.args[3] as number;
      if (pods.get(podId)?.server.isFenced()) history.fenced(podId);
    }
    return call.run(call.options);
  });
}
