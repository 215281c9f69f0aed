import type { Executors, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { podStatus, type StoredIntent } from '@stateful-route/core/adapter';
import type { PodRow } from '../api/types.ts';

/** Where a console reads. */
export interface Place {
  readonly executors: Executors;
  readonly namespace: string;
}

/** A service's pods, and what operators wish of them. */
export interface ServiceReading {
  readonly read: ServiceStateRead;
  readonly intents: ReadonlyMap<number, StoredIntent>;
}

/** Reads a service: two commands. */
export async function readService(
  { executors, namespace }: Place,
  serviceName: string,
): Promise<ServiceReading> {
  const [read, intents] = await Promise.all([
    executors.stateful.getServiceState(namespace, serviceName),
    executors.server.getPodIntents(namespace, serviceName),
  ]);
  return { read, intents };
}

/** The pods of a reading, by ordinal. */
export function podRows({ read, intents }: ServiceReading): PodRow[] {
  return [...read.pods.values()].map((pod) => podRow(pod, read.storeTime, intents.get(pod.podId)));
}

function podRow(pod: StatefulServiceState, storeTime: number, wish: StoredIntent | undefined): PodRow {
  const { podId, state, routingState, loadState: load, users, maxUsers, updateTime } = pod;
  const { leaseMs, updatePeriodMs, address, incarnation, deadOwner, healing, revision, metadata } = pod;
  return {
    podId,
    status: podStatus(pod, storeTime),
    state,
    routingState,
    load,
    users,
    maxUsers,
    updateTime,
    leaseMs,
    updatePeriodMs,
    address,
    incarnation,
    deadOwner,
    healing,
    revision,
    zone: metadata['zone'],
    metadata,
    intent: wish?.intent ?? wish?.unknownIntent,
    ratePerSecond: wish?.ratePerSecond,
  };
}
