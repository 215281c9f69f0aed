import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { closedLoop } from '../measure/closed-loop.ts';
import { SERVICE } from './bench-lab.ts';

/** Enough to keep a server busy, and few enough not to queue for long. */
const FILLERS = 512;

/** The key of a link, as docs/redis-schema.md has it: what is compared with a link reads and writes the same. */
export function linkKeyOf(namespace: string, uid: string): string {
  return `sf:{${namespace}:lk:${uid}}${SERVICE}`;
}

/** The key of the pods' details. */
export function podsKeyOf(namespace: string): string {
  return `sf:{${namespace}:state:${SERVICE}}:info`;
}

/** Temporary links for all of these, spread over so many pods. */
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
