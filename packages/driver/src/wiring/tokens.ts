import type { RouteParts } from '../route/route-parts.ts';

const names = [
  'place',
  'config',
  'clock',
  'logger',
  'limitedLogger',
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
  'podPicker',
  'stateCache',
  'routeInfo',
  'client',
  'server',
  'storeHealth',
] as const satisfies readonly (keyof RouteParts)[];

/** The injection token of each part of a route. Parts are registered in the route's own container, never globally. */
export const tokens: { readonly [Part in keyof RouteParts]: symbol } = Object.fromEntries(
  names.map((name) => [name, Symbol.for(`stateful-route.${name}`)]),
) as { readonly [Part in keyof RouteParts]: symbol };
