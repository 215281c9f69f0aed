import { type Executors, routeError, type RouteErrorOf } from '@stateful-route/core';
import type { ServerExecutor, StatefulExecutor, StateFeed } from '@stateful-route/core/adapter';

/** The error of something that was not handed in. */
export function missingDependency(dependency: string, need: string): RouteErrorOf<'MISSING_DEPENDENCY'> {
  return routeError('MISSING_DEPENDENCY', `${dependency} is missing: ${need}.`, { dependency });
}

/** The error of executors that are not whole; `undefined` where they are. */
export function missingExecutors(
  executors: Executors | undefined,
): RouteErrorOf<'MISSING_DEPENDENCY'> | undefined {
  const ports: readonly (keyof Executors)[] = ['stateful', 'server', 'feed'];
  const missing = ports.find((port) => !executors?.[port]);
  if (!missing) return undefined;
  const ask = 'hand in what createRedisExecutors or createMemoryExecutors returns';
  return missingDependency(executors ? `executors.${missing}` : 'executors', ask);
}

/** Stands for a server executor that nobody gave: each of its calls says so. */
const missingServerExecutor: ServerExecutor = {
  getServiceNameByTag: refuse,
  setGlobalServiceNameTag: refuse,
  removeServiceNameTag: refuse,
  registerService: refuse,
  listServices: refuse,
  setPodIntent: refuse,
};

async function refuse(): Promise<never> {
  throw missingDependency(
    'ServerExecutor',
    'tags, intents and the list of services need one; hand in whole Executors',
  );
}

/** Stands for a feed that nobody gave, or wanted: subscribing works and nothing is ever pushed. */
export const silentFeed: StateFeed = {
  subscribe: async () => async () => {},
  subscribePod: async () => async () => {},
};

/** Executors of what was handed in: whole ones, or a bare stateful executor with stand-ins for the rest. */
export function asExecutors(given: Executors | StatefulExecutor): Executors {
  if ('stateful' in given) return given;
  return { stateful: given, server: missingServerExecutor, feed: silentFeed, close: async () => {} };
}
