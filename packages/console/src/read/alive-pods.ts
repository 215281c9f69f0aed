import { isAlive, type PodStates, type ServiceStateRead } from '@stateful-route/core';
import { ageMsOf } from '@stateful-route/core/adapter';

/** The pods of a reading whose claims are valid. */
export function alivePods({ pods, storeTime }: ServiceStateRead): PodStates {
  return new Map([...pods].filter(([, pod]) => isAlive(pod, ageMsOf(pod, storeTime))));
}
