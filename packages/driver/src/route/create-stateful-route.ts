import type { ServiceHandle, StatefulRouteForServerDriver } from '@stateful-route/core';
import { filtersOf } from '@stateful-route/core/adapter';
import { createServiceHandle, type ServiceHandleParts } from '../caller/service-handle.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { RouteContainer } from './route-container.ts';
import {
  type CallerRouteOptions,
  checkRouteOptions,
  type PodRouteOptions,
  type RouteOptions,
} from './route-options.ts';
import { RouteRuntime } from './route-runtime.ts';
import type { StatefulRoute } from './stateful-route.ts';

/**
 * Makes a route: with `podId` a pod's, else a caller's. It does nothing before `start`. Its times are those of the profile
 * `realtime`, unless `config` gives another profile.
 *
 * If only the running program knows whether there is a `podId`, the type of `server` includes `undefined`.
 *
 * @throws `INVALID_CONFIG` with every fault of the options and the configuration, or `MISSING_DEPENDENCY`.
 *
 * @example
 * const executors = createMemoryExecutors();
 * const pod = createStatefulRoute({ executors, namespace: 'game', serviceName: 'room', podId: 0 });
 * const gateway = createStatefulRoute({ executors, namespace: 'game' });
 * await pod.start();
 * await gateway.start();
 * const { podId } = await gateway.service('room').locate('ada'); // 0
 */
export function createStatefulRoute(options: PodRouteOptions): StatefulRoute<StatefulRouteForServerDriver>;
export function createStatefulRoute(options: CallerRouteOptions): StatefulRoute<undefined>;
export function createStatefulRoute(
  options: RouteOptions,
): StatefulRoute<StatefulRouteForServerDriver | undefined>;
export function createStatefulRoute(
  options: PodRouteOptions | CallerRouteOptions | RouteOptions,
): StatefulRoute<StatefulRouteForServerDriver | undefined> {
  checkRouteOptions(options);
  const { executors, namespace, serviceName, podId, zone, services = [] } = options;
  const own: Pick<PodRouteOptions, 'address' | 'revision'> = podId === undefined ? {} : options;
  const container = new RouteContainer({
    place: { namespace, serviceName, podId, zone, address: own.address, revision: own.revision },
    config: resolveConfig(options.config),
    executors,
    strategy: options.strategy,
    placement: { filters: filtersOf(options.filters), placement: options.placement, zone },
    rebalance: options.rebalance,
    movable: 'movable' in options ? options.movable : undefined,
    drain: 'drain' in options ? options.drain : undefined,
    overrides: {
      clock: options.clock,
      logger: options.logger,
      resolveAddress: options.resolveAddress,
      loadProbe: 'loadProbe' in options ? options.loadProbe : undefined,
      ...options.overrides,
    },
  });
  const server = podId === undefined ? undefined : container.get('server');
  const client = container.get('client');
  const routeInfo = container.get('routeInfo');
  const watched = podId === undefined && serviceName !== undefined ? [serviceName, ...services] : services;
  const runtime = new RouteRuntime({ container, server, services: new Set(watched) });
  const handleParts: ServiceHandleParts = {
    locator: container.get('locator'),
    routeInfo,
    services: container.get('stateCache'),
    resolveAddress: container.get('resolveAddress'),
    clock: container.get('clock'),
    random: container.get('random'),
    callTimeoutMs: container.get('config').callTimeoutMs,
    telemetry: container.get('telemetry'),
    notStarted: () => runtime.notStarted(),
  };
  return {
    server,
    client,
    routeInfo,
    parts: {
      place: container.get('place'),
      config: container.get('config'),
      clock: container.get('clock'),
      logger: container.get('logger'),
    },
    service: (name, at = namespace): ServiceHandle => createServiceHandle(at, name, handleParts),
    start: (given) => runtime.start(given),
    stop: (given) => runtime.stop(given),
    readiness: () => runtime.readiness(),
    liveness: () => runtime.liveness(),
    [Symbol.asyncDispose]: async () => {
      await runtime.stop();
    },
  };
}
