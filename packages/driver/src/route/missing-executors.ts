import {
  type Executors,
  routeError,
  type ServerExecutor,
  type StatefulExecutor,
  type StateFeed,
} from '@stateful-route/core';

/** The error of something that was not handed in. */
export function missingDependency(dependency: string, need: string): Error {
  return routeError('MISSING_DEPENDENCY', `${dependency} is missing: ${need}.`, { dependency });
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
