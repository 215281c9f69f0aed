import type { Executors, RouteErrorOf } from '@stateful-route/core';
import type { ServerExecutor, StatefulExecutor, StateFeed } from '@stateful-route/core/adapter';
import { missingDependency } from '../errors.ts';

/** The error of incomplete executors; `undefined` if they are complete. */
export function missingExecutors(
  executors: Executors | undefined,
): RouteErrorOf<'MISSING_DEPENDENCY'> | undefined {
  const ports: readonly (keyof Executors)[] = ['stateful', 'server', 'feed'];
  const missing = ports.find((port) => !executors?.[port]);
  if (!missing) return undefined;
  const need = 'hand in what createRedisExecutors or createMemoryExecutors returns';
  return missingDependency(executors ? `executors.${missing}` : 'executors', need);
}

/** Takes the place of a missing server executor: each of its calls rejects. */
const missingServerExecutor: ServerExecutor = {
  getServiceNameByTag: refuse,
  setGlobalServiceNameTag: refuse,
  removeServiceNameTag: refuse,
  registerService: refuse,
  listServices: refuse,
  setPodIntent: refuse,
  getPodIntents: refuse,
  setFrozen: refuse,
  announceCaller: refuse,
  quarantineUser: refuse,
  unquarantineUser: refuse,
  giveOrder: refuse,
  takeOrder: refuse,
  orderDone: refuse,
  readJournal: refuse,
  writeJournal: refuse,
};

async function refuse(): Promise<never> {
  throw missingDependency(
    'ServerExecutor',
    'tags, intents, orders, the journal and the list of services need one; hand in whole Executors',
  );
}

/** Takes the place of a missing feed: subscriptions succeed, and nothing is pushed. */
export const silentFeed: StateFeed = {
  subscribe: async () => async () => {},
  subscribePod: async () => async () => {},
};

/** Completes executors: a stateful executor alone gets substitutes for the rest. */
export function asExecutors(given: Executors | StatefulExecutor): Executors {
  if ('stateful' in given) return given;
  return { stateful: given, server: missingServerExecutor, feed: silentFeed, close: async () => {} };
}
