import { type Clock, silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import type { UserDetails } from '../api/types.ts';
import type { Place } from '../read/service-reading.ts';

const ENTRIES = 200;

/** Where a user is and why, as a caller without a memory sees it, and what was done to him by name. */
export async function userDetails(
  { executors, namespace, clock }: Place & { readonly clock: Clock },
  service: string,
  uid: string,
  not: number | undefined,
): Promise<UserDetails> {
  const route = createStatefulRoute({ executors, namespace, clock, logger: silentLogger });
  try {
    const [explanation, { pin, quarantinedUntil }, { entries: journal }] = await Promise.all([
      route.routeInfo.explain(namespace, uid, service, { not }),
      executors.stateful.getLink(namespace, uid, service),
      executors.server.readJournal(namespace, service, { uid, limit: ENTRIES }),
    ]);
    return { service, uid, explanation, journal, pin, quarantinedUntil };
  } finally {
    await route.stop();
  }
}
