const tokenOf = (name: string): symbol => Symbol.for(`stateful-route.${name}`);

/** The injection token of each part of a route. Parts are registered in the route's own container, never globally. */
export const tokens: Readonly<
  Record<
    | 'place'
    | 'config'
    | 'clock'
    | 'logger'
    | 'random'
    | 'newIncarnation'
    | 'strategy'
    | 'resolveAddress'
    | 'loadProbe'
    | 'drain'
    | 'statefulExecutor'
    | 'serverExecutor'
    | 'stateFeed'
    | 'eventManager'
    | 'stateCache'
    | 'routeInfo'
    | 'client'
    | 'server'
    | 'storeHealth',
    symbol
  >
> = {
  place: tokenOf('place'),
  config: tokenOf('config'),
  clock: tokenOf('clock'),
  logger: tokenOf('logger'),
  random: tokenOf('random'),
  newIncarnation: tokenOf('newIncarnation'),
  strategy: tokenOf('strategy'),
  resolveAddress: tokenOf('resolveAddress'),
  loadProbe: tokenOf('loadProbe'),
  drain: tokenOf('drain'),
  statefulExecutor: tokenOf('statefulExecutor'),
  serverExecutor: tokenOf('serverExecutor'),
  stateFeed: tokenOf('stateFeed'),
  eventManager: tokenOf('eventManager'),
  stateCache: tokenOf('stateCache'),
  routeInfo: tokenOf('routeInfo'),
  client: tokenOf('client'),
  server: tokenOf('server'),
  storeHealth: tokenOf('storeHealth'),
};

/** The tokens of parts that only the driver itself uses. */
export const internalTokens: Readonly<
  Record<'limitedLogger' | 'locator' | 'placement' | 'rebalancing' | 'telemetry', symbol>
> = {
  /** The logger, limited in how often it repeats a lasting condition. */
  limitedLogger: tokenOf('limitedLogger'),
  /** Finds users' pods: the built-in client, also where the part `client` is replaced. */
  locator: tokenOf('locator'),
  /** How pods are filtered for new users. */
  placement: tokenOf('placement'),
  /** How the pod takes part in keeping the service even. */
  rebalancing: tokenOf('rebalancing'),
  telemetry: tokenOf('telemetry'),
};
