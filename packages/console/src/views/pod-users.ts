import type { ServiceStateRead } from '@stateful-route/core';
import { isSameRun, type StoreInspector, waitsForOwner } from '@stateful-route/core/adapter';
import { type FoundClaim, rosterClaims, scanClaims } from '@stateful-route/driver';
import type { PodUser, PodUsersEvents } from '../api/types.ts';
import type { Place } from '../read/service-reading.ts';

/** A search for the users of a pod. */
export interface PodUsersSearch extends Place {
  readonly inspector: Pick<StoreInspector, 'scanLinks'> | undefined;
  readonly serviceName: string;
  readonly podId: number;
  readonly read: ServiceStateRead;
  readonly keysPerSecond: number;
  readonly signal: AbortSignal;
}

/** An event of a search. */
export type PodUsersEvent = {
  [Name in keyof PodUsersEvents]: { readonly name: Name; readonly data: PodUsersEvents[Name] };
}[keyof PodUsersEvents];

/** Whether the users of a pod can be found: it keeps a roster, or all links can be scanned. */
export function canFindUsers({ inspector, read, podId }: PodUsersSearch): boolean {
  return inspector !== undefined || waitsForOwner(read, podId);
}

/** Finds the users of a pod: from its roster, if it keeps one, else by a scan. Rejects as the store's calls do. */
export async function* podUsers(search: PodUsersSearch): AsyncGenerator<PodUsersEvent> {
  const { inspector, read, podId } = search;
  const pod = read.pods.get(podId);
  const source = waitsForOwner(read, podId) ? 'roster' : 'scan';
  let progress: { scanned?: number; total?: number | undefined } = {};
  const onProgress = (scanned: number, total: number | undefined): void => {
    progress = { scanned, total };
  };
  const claims =
    source === 'roster'
      ? rosterClaims(search, podId)
      : scanClaims({ ...search, inspector: inspector!, onProgress });
  let count = 0;
  for await (const page of claims) {
    const users = page
      .filter(({ link }) => link.podId === podId)
      .map((claim) => podUser(claim, pod?.incarnation));
    count += users.length;
    yield { name: 'users', data: { users, ...progress } };
  }
  yield { name: 'end', data: { users: count, published: pod?.users, source } };
}

function podUser({ uid, link }: FoundClaim, current: string | undefined): PodUser {
  const { token, incarnation, reason } = link;
  const present = incarnation !== undefined && current !== undefined && isSameRun(incarnation, current);
  return { uid, token, present, why: reason?.why, by: reason?.by, at: reason?.at };
}
