import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { closedLoop } from '../measure/closed-loop.ts';
import { SERVICE } from './bench-lab.ts';

/** Keeps a server busy without long queues. */
const FILLERS = 512;

/** The key of a link (docs/redis-schema.md): the raw sides read and write the same key. */
export function linkKeyOf(namespace: string, uid: string): string {
  return `sf:{${namespace}:lk:${uid}}${SERVICE}`;
}

/** The key of the hash with the pods' details. */
export function podsKeyOf(namespace: string): string {
  return `sf:{${namespace}:state:${SERVICE}}:info`;
}

/** Makes a temporary link for each user, spread evenly over the pods. */
export async function linkAll(
  stateful: StatefulExecutor,
  namespace: string,
  users: readonly string[],
  { pods, seconds }: { readonly pods: number; readonly seconds: number },
): Promise<void> {
  await closedLoop({ callers: FILLERS, calls: users.length }, (at) =>
    stateful.setLinkedPodIfAbsent(namespace, users[at]!, SERVICE, at % pods, seconds),
  );
}
