const names = [
  'place',
  'config',
  'clock',
  'logger',
  'random',
  'newIncarnation',
  'strategy',
  'resolveAddress',
  'loadProbe',
  'drain',
  'statefulExecutor',
  'serverExecutor',
  'stateFeed',
  'eventManager',
  'stateCache',
  'routeInfo',
  'client',
  'server',
  'storeHealth',
] as const;

type PartName = (typeof names)[number];

const tokenOf = (name: string): symbol => Symbol.for(`stateful-route.${name}`);

/** The injection token of each part of a route. Parts are registered in the route's own container, never globally. */
export const tokens: { readonly [Part in PartName]: symbol } = Object.fromEntries(
  names.map((name) => [name, tokenOf(name)]),
) as { readonly [Part in PartName]: symbol };

/** The tokens of parts that only the driver itself uses. */
export const internalTokens: { readonly limitedLogger: symbol; readonly locator: symbol } = {
  /** The logger, limited in how often it repeats a lasting condition. */
  limitedLogger: tokenOf('limitedLogger'),
  /** Finds users' pods: the built-in client, also where the part `client` is replaced. */
  locator: tokenOf('locator'),
};
