import type { ServiceStateRead } from '../../domain/stateful-service-state.ts';
import {
  ageMsOf,
  isAlive,
  isAvailable,
  isMassExpiry,
  isRoutable,
  leaseMsOf,
  placementHoldMs,
} from '../liveness.ts';
import { duration } from './words.ts';

/** A service in a line. */
export interface ServiceStatus {
  readonly service: string;
  readonly pods: number;
  readonly routable: number;
  readonly available: number;
  readonly alive: number;
  /** Of the pods that are alive. */
  readonly users: number;
  /** `undefined` if a pod that is alive has no limit. */
  readonly maxUsers: number | undefined;
  /** The mean and the greatest load of the pods that are alive. */
  readonly load: { readonly mean: number; readonly max: number };
  /** What keeps users from being placed or taken over, or the pods from being evened out. */
  readonly conditions: readonly ServiceCondition[];
}

/** A condition of a service that holds decisions up. */
export interface ServiceCondition {
  readonly name: 'no routable pod' | 'guard' | 'young' | 'restored' | 'frozen';
  readonly meaning: string;
}

/** Sums a service up. */
export function serviceStatus(service: string, read: ServiceStateRead): ServiceStatus {
  const pods = [...read.pods.values()].map((pod) => ({ pod, ageMs: ageMsOf(pod, read.storeTime) }));
  const alive = pods.filter(({ pod, ageMs }) => isAlive(pod, ageMs)).map(({ pod }) => pod);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const loads = alive.map(({ loadState }) => loadState);
  const limits = alive.map(({ maxUsers }) => maxUsers).filter((max) => max !== undefined);
  return {
    service,
    pods: pods.length,
    routable: pods.filter(({ pod, ageMs }) => isRoutable(pod, ageMs)).length,
    available: pods.filter(({ pod, ageMs }) => isAvailable(pod, ageMs)).length,
    alive: alive.length,
    users: sum(alive.map(({ users = 0 }) => users)),
    maxUsers: limits.length === alive.length && alive.length > 0 ? sum(limits) : undefined,
    load: { mean: loads.length === 0 ? 0 : sum(loads) / loads.length, max: Math.max(0, ...loads) },
    conditions: conditionsOf(read),
  };
}

/** What holds up decisions in a service. */
export function conditionsOf(read: ServiceStateRead): ServiceCondition[] {
  const { since, storeTime } = read;
  const pods = [...read.pods.values()];
  const conditions: ServiceCondition[] = [];
  if (!pods.some((pod) => isRoutable(pod, ageMsOf(pod, storeTime)))) {
    conditions.push({ name: 'no routable pod', meaning: 'no pod takes new users' });
  }
  if (isMassExpiry(read)) {
    conditions.push({
      name: 'guard',
      meaning: 'more than half of the pods fell silent at once: nobody is taken over',
    });
  }
  const leaseMs = Math.max(0, ...pods.filter(({ updateTime }) => updateTime !== undefined).map(leaseMsOf));
  if (since !== undefined && storeTime - since <= leaseMs) {
    const left = duration(leaseMs - (storeTime - since));
    conditions.push({
      name: 'young',
      meaning: `the directory is younger than a lease: for ${left} no pod counts as dead`,
    });
  }
  const holdMs = placementHoldMs(read);
  if (holdMs > 0) {
    conditions.push({
      name: 'restored',
      meaning: `the store came back empty: for ${duration(holdMs)} at least nobody without a link is placed`,
    });
  }
  if (read.frozen) {
    const { at, by } = read.frozen;
    const who = by === undefined ? '' : ` by ${by}`;
    const meaning = `frozen${who} ${duration(Math.max(0, storeTime - at))} ago: the pods are not evened out`;
    conditions.push({ name: 'frozen', meaning });
  }
  return conditions;
}
