import type { Executors } from '@stateful-route/core';
import { decorateExecutors, type PodReport } from '@stateful-route/core/adapter';
import type { History } from '@stateful-route/harness';
import type { PodRoute } from './lab.ts';

/** The pods whose fences are written down, by ordinal. */
export type Watched = Map<number, PodRoute>;

/** Writes down when a pod serves, and when it does not any more. */
export function watchFence(history: History, podId: number, pod: PodRoute): void {
  history.serving(podId);
  pod.server.on('fenced', () => history.fenced(podId));
  pod.server.on('unfenced', () => history.serving(podId));
}

/** A pod's executors, which write down that it has stopped serving before it says so. */
export function noteEnd(executors: Executors, history: History, podId: number): Executors {
  return decorateExecutors(executors, (call) => {
    const ends = call.method === 'setServiceState' && (call.args[3] as PodReport).state === 'TERMINATING';
    if (ends) history.fenced(podId);
    return call.run(call.options);
  });
}

/**
 * A caller's executors, which look at a pod's fence at the moment its user is taken over: the pod knows it by its clock,
 * perhaps before it has told anybody.
 */
export function noteFences(executors: Executors, history: History, pods: Watched): Executors {
  return decorateExecutors(executors, (call) => {
    if (call.method === 'replaceLinkedPod') {
      const podId = call.args[3] as number;
      if (pods.get(podId)?.server.isFenced()) history.fenced(podId);
    }
    return call.run(call.options);
  });
}
