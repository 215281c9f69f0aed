import {
  checkNamespace,
  checkPodId,
  checkServiceName,
  type Clock,
  type DrainOptions,
  type Executors,
  type Logger,
  type SelectionStrategy,
  type ServiceHandle,
  type StatefulRouteForServerDriver,
  type StrategyName,
} from '@stateful-route/core';
import { createServiceHandle } from '../client/service-handle.ts';
import { invalidConfig, resolveConfig } from '../config/resolve-config.ts';
import type { RouteConfigInput } from '../config/route-config.ts';
import type { LoadProbe } from '../pod/load-probe.ts';
import type { ResolveAddress } from './address.ts';
import { missingDependency } from './missing-executors.ts';
import { RouteContainer } from './route-container.ts';
import type { RouteOverrides } from './route-parts.ts';
import { RouteRuntime } from './route-runtime.ts';
import type { StatefulRoute } from './stateful-route.ts';

/** What a caller's route is made of. */
export interface CallerRouteOptions {
  /** The store, by its ports; whoever made it closes it. */
  readonly executors: Executors;
  /** The local namespace: the one in which links are made. */
  readonly namespace: string;
  /** For a caller a service that `start` loads; for a pod its own. */
  readonly serviceName?: string | undefined;
  readonly podId?: undefined;
  readonly config?: RouteConfigInput | undefined;
  /** How pods for new users are picked. Default `power-of-two`. */
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Default: lines of JSON on standard error, at the configured level. */
  readonly logger?: Logger | undefined;
  /** Services that `start` loads, so that their first users cost one round trip. */
  readonly services?: readonly string[] | undefined;
  /** Where pods are reached that published no address; `headlessDns` is one. */
  readonly resolveAddress?: ResolveAddress | undefined;
  /** Replacements of parts. */
  readonly overrides?: RouteOverrides | undefined;
}

/** What a pod's route is made of. */
export interface PodRouteOptions extends Omit<CallerRouteOptions, 'podId' | 'serviceName'> {
  readonly serviceName: string;
  /** The pod's ordinal. */
  readonly podId: number;
  /** Where callers reach this pod. */
  readonly address?: string | undefined;
  /** How `stop` drains. */
  readonly drain?: DrainOptions | undefined;
  /** What measures the pod's own load; `eventLoopProbe` is one. Default: none. */
  readonly loadProbe?: LoadProbe | undefined;
}

/**
 * Makes a route: a pod's with `podId`, else a caller's. Nothing is done before `start`.
 *
 * @throws `INVALID_CONFIG` with every fault of the configuration, `INVALID_PARAMETER`, or `MISSING_DEPENDENCY`.
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
  options: PodRouteOptions | CallerRouteOptions,
): StatefulRoute<StatefulRouteForServerDriver | undefined> {
  const { executors, namespace, serviceName, podId, services = [] } = options;
  checkExecutors(executors);
  checkNamespace(namespace);
  if (serviceName !== undefined) checkServiceName(serviceName);
  for (const service of services) checkServiceName(service);
  if (podId !== undefined) {
    checkPodId(podId);
    if (serviceName === undefined)
      throw invalidConfig([{ name: 'serviceName', problem: 'is what a pod needs' }]);
  }
  const container = new RouteContainer({
    place: { namespace, serviceName, podId, address: 'address' in options ? options.address : undefined },
    config: resolveConfig(options.config),
    executors,
    strategy: options.strategy,
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
  const handles = {
    client,
    routeInfo,
    states: container.get('stateCache'),
    resolveAddress: container.get('resolveAddress'),
    clock: container.get('clock'),
    random: container.get('random'),
    callTimeoutMs: container.get('config').callTimeoutMs,
  };
  return {
    server,
    client,
    routeInfo,
    service: (name, at = namespace): ServiceHandle => createServiceHandle(at, name, handles),
    start: (given) => runtime.start(given),
    stop: (given) => runtime.stop(given),
    readiness: () => runtime.readiness(),
    liveness: () => runtime.liveness(),
    [Symbol.asyncDispose]: async () => {
      await runtime.stop();
    },
  };
}

function checkExecutors(executors: Executors | undefined): void {
  const ports: readonly (keyof Executors)[] = ['stateful', 'server', 'feed'];
  const missing = ports.find((port) => !executors?.[port]);
  if (missing) {
    const ask = 'hand in what createRedisExecutors or createMemoryExecutors returns';
    throw missingDependency(executors ? `executors.${missing}` : 'executors', ask);
  }
}
