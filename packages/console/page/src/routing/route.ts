const SCREENS = ['now', 'pods', 'rollout', 'timeline', 'plan'] as const;

/** A screen, and what it is about. It is the part of the address after `#`, so that a link to it can be sent. */
export type Route =
  | { readonly screen: (typeof SCREENS)[number] }
  | { readonly screen: 'pod'; readonly podId: number }
  | { readonly screen: 'user'; readonly uid: string | undefined };

/** Where an address leads. */
export interface Place {
  /** `undefined`: the first service. */
  readonly service: string | undefined;
  readonly route: Route;
}

/** `#/SERVICE/SCREEN/SUBJECT`, each part encoded. Anything else is the first screen. */
export function parseHash(hash: string): Place {
  const [service, screen, subject] = hash.replace(/^#\/?/, '').split('/').map(decode);
  const route = routeOf(screen, subject);
  return { service: service === '' ? undefined : service, route: route ?? { screen: 'now' } };
}

function routeOf(screen: string | undefined, subject: string | undefined): Route | undefined {
  if (screen === 'user') return { screen, uid: subject === '' ? undefined : subject };
  if (screen === 'pods' && subject !== undefined && /^\d+$/.test(subject)) {
    return { screen: 'pod', podId: Number(subject) };
  }
  const known = SCREENS.find((each) => each === screen);
  return known && { screen: known };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a screen. */
export function hrefOf(service: string, route: Route): string {
  const base = `#/${encodeURIComponent(service)}/`;
  if (route.screen === 'pod') return `${base}pods/${route.podId}`;
  if (route.screen !== 'user') return base + route.screen;
  return `${base}user${route.uid === undefined ? '' : `/${encodeURIComponent(route.uid)}`}`;
}
