import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import { invalidParameter } from '@stateful-route/core/adapter';
import type { StatefulRoute } from '@stateful-route/driver';
import { Entities } from './entities/entities.ts';
import { checkHostOptions, resolveHostOptions } from './entities/host-option-rules.ts';
import { createGuard } from './faces/guard.ts';
import { createUpgrade } from './faces/upgrade.ts';
import { HostTelemetry } from './telemetry/host-telemetry.ts';
import type { Host, HostOptions, OnUpgrade, UidOf, UpgradeListener } from './host.ts';

/** The drivers that have a host: a second one would take the first one's hand-offs. */
const hosted = new WeakSet<object>();

/**
 * Makes the host of a pod's route: it opens the state of a user at the first use, serves, saves, hands over and lets go. Make it
 * before the route starts, once for a route. It registers the route's `onHandOff`, and everything of it ends as the route stops.
 *
 * @throws `INVALID_CONFIG` with every fault of the options, or `INVALID_PARAMETER` if the route is not a pod's or has a host.
 *
 * @example
 * const host = createHost(route, {
 *   open: ({ uid, token }) => storage.load(uid, token),
 *   save: ({ uid, token, state }) => storage.store(uid, token, state),
 * });
 * const count = await host.use('ada', (visits) => ++visits.count); // or NOT_MINE
 */
export function createHost<State>(
  route: Pick<StatefulRoute<StatefulRouteForServerDriver>, 'server' | 'parts'>,
  options: HostOptions<State>,
): Host<State> {
  checkRoute(route);
  checkHostOptions(options);
  if (hosted.has(route.server)) throw invalidParameter('route', 'has a host already: use that one');
  hosted.add(route.server);
  const telemetry = new HostTelemetry(route.parts.place, route.parts.config.enableMetrics);
  const entities = new Entities<State>(route.server, resolveHostOptions(options, route.parts), telemetry);
  const upgrade = (...given: [UidOf | undefined, OnUpgrade<State>] | [OnUpgrade<State>]): UpgradeListener => {
    const [uidOf, onUpgrade] = given.length === 1 ? [undefined, given[0]] : given;
    return createUpgrade(entities, uidOf, onUpgrade, options.clock ?? route.parts.clock);
  };
  return {
    use: (uid, use, given) => entities.use(uid, use, given),
    enter: (uid, given) => entities.enter(uid, given),
    end: (uid) => entities.end(uid),
    has: (uid) => entities.has(uid),
    entities: () => entities.entities(),
    stats: () => entities.stats(),
    guard: (uidOf) => createGuard(entities, uidOf),
    upgrade,
  };
}

function checkRoute(route: unknown): void {
  const server = (route as { readonly server?: unknown } | undefined)?.server;
  if (typeof server === 'object' && server !== null && 'onHandOff' in server) return;
  throw invalidParameter('route', 'must be a pod’s route: give createStatefulRoute a podId');
}
