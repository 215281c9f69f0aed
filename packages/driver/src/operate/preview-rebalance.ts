import { isAlive } from '@stateful-route/core';
import {
  ageMsOf,
  type BalancePreview,
  newestRevision,
  NO_ROLLOUT,
  previewBalance,
  rolloutStep,
} from '@stateful-route/core/adapter';
import type { SteeredService } from './steered-service.ts';

/**
 * The moves that would bring the pods of a service near to even, by their last heartbeats, and what holds them up. Reads only, and
 * may be repeated. Rejects as the store's calls do.
 */
export async function previewRebalance(service: SteeredService): Promise<BalancePreview> {
  const { executors, namespace, serviceName, signal } = service;
  const read = await executors.stateful.getServiceState(namespace, serviceName, { signal });
  const { pods, storeTime } = read;
  const alive = new Map([...pods].filter(([, pod]) => isAlive(pod, ageMsOf(pod, storeTime))));
  const isUpdating =
    newestRevision(rolloutStep(NO_ROLLOUT, alive, storeTime), alive, storeTime) !== undefined;
  return previewBalance({ read, isFrozen: read.frozen !== undefined, isUpdating });
}
