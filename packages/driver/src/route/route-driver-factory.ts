import type {
  Executors,
  Logger,
  RouteInfoDriver,
  SelectionStrategy,
  StrategyName,
} from '@stateful-route/core';
import { checkFunction, faultsOf, invalidConfig, type StatefulExecutor } from '@stateful-route/core/adapter';
import { RouteInfoDriverImpl } from '../caller/route-info-driver-impl.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { factoryConfig, type RouteConfig, type StatefulBaseConfig } from '../config/route-config.ts';
import { missingDependency } from '../errors.ts';
import type { ServiceStateCache } from '../service/service-registry.ts';
import { UncachedServiceStates } from '../service/service-states.ts';
import { Lifecycle } from '../waiting/lifecycle.ts';
import { asExecutors, silentFeed } from './missing-executors.ts';
import { RouteContainer } from './route-container.ts';
import {
  checkRouteDriverOptions,
  defaultRouteDriverOptions,
  type RouteDriverOption,
  type RouteDriverOptions,
} from './route-driver-options.ts';
import type { RouteOverrides } from './route-parts.ts';

/** A driver that is started and stopped by itself. */
export interface StartableRouteInfoDriver extends RouteInfoDriver, AsyncDisposable {
  /** Queries work without it. A second start is `ALREADY_RUNNING`. */
  start(): Promise<void>;
  /** Ends subscriptions and timers; a later query starts them again. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Makes route information drivers for programs that wire the rest themselves. The times are those of the older module, the
 * profile `compat`, unless the configuration gives others.
 */
export class RouteDriverFactory {
  readonly #logger: Logger | undefined;

  constructor(logger?: Logger) {
    this.#logger = logger;
  }

  /**
   * A driver on the given cache. Without one every query reads the store.
   *
   * @throws `MISSING_DEPENDENCY` without an executor, `INVALID_CONFIG` with every fault.
   */
  createRouteInfoDriver(
    baseConfig: StatefulBaseConfig | undefined,
    stateCache: ServiceStateCache | undefined,
    executor: Executors | StatefulExecutor,
  ): RouteInfoDriver {
    const container = this.#container(resolveConfig(factoryConfig, baseConfig), executor);
    return new RouteInfoDriverImpl(...partsOf(container, stateCache));
  }

  /** A state cache that several drivers can share. The caller closes it. */
  createStateCache(
    baseConfig: StatefulBaseConfig | undefined,
    executor: Executors | StatefulExecutor,
  ): ServiceStateCache {
    return this.#container(resolveConfig(factoryConfig, baseConfig), executor).get('stateCache');
  }

  /**
   * A driver made from options, with a cache of its own.
   *
   * @throws `MISSING_DEPENDENCY` without `withExecutors`, `INVALID_CONFIG` with every fault.
   */
  createRouteInfoDriverWithOptions(...options: readonly RouteDriverOption[]): StartableRouteInfoDriver {
    const chosen = collected(options);
    const argument = { linkInfoCacheTimeSecs: chosen.linkInfoCacheTime };
    const config = resolveConfig(factoryConfig, chosen.baseConfig, argument);
    const { clock, logger, strategy } = chosen;
    const stateFeed = chosen.enableEventNotify ? undefined : silentFeed;
    const container = this.#container(config, chosen.executors, { clock, logger, stateFeed }, strategy);
    const cache = chosen.enableStateCache ? container.get('stateCache') : undefined;
    return new OwnedRouteInfoDriver(cache, partsOf(container, cache));
  }

  #container(
    config: RouteConfig,
    executor: Executors | StatefulExecutor | undefined,
    overrides: RouteOverrides = {},
    strategy?: StrategyName | SelectionStrategy,
  ): RouteContainer {
    if (typeof executor !== 'object' || executor === null) {
      throw missingDependency('StatefulExecutor', 'a driver reads the store; use withExecutors');
    }
    const logger = overrides.logger ?? this.#logger;
    return new RouteContainer({
      // An information driver makes no links, so it has no namespace of its own.
      place: { namespace: '' },
      config,
      executors: asExecutors(executor),
      strategy,
      overrides: { ...overrides, logger },
    });
  }
}

function collected(options: readonly RouteDriverOption[]): RouteDriverOptions {
  const chosen = options.reduce((before, option) => {
    const fault = faultsOf(() => checkFunction(option, 'options'));
    if (fault) throw invalidConfig(fault);
    return option(before);
  }, defaultRouteDriverOptions());
  checkRouteDriverOptions(chosen);
  return chosen;
}

type DriverParts = ConstructorParameters<typeof RouteInfoDriverImpl>;

function partsOf(container: RouteContainer, cache: ServiceStateCache | undefined): DriverParts {
  const clock = container.get('clock');
  const config = container.get('config');
  const stateful = container.get('statefulExecutor');
  return [
    config,
    clock,
    stateful,
    container.get('serverExecutor'),
    cache ??
      new UncachedServiceStates(stateful, clock, {
        strategy: container.get('strategy'),
        random: container.get('random'),
        config,
      }),
    cache?.events,
  ];
}

/** A driver that owns its state cache. */
class OwnedRouteInfoDriver extends RouteInfoDriverImpl implements StartableRouteInfoDriver {
  readonly #cache: ServiceStateCache | undefined;
  readonly #lifecycle = new Lifecycle<void>('driver', undefined);

  constructor(cache: ServiceStateCache | undefined, parts: DriverParts) {
    super(...parts);
    this.#cache = cache;
  }

  start(): Promise<void> {
    return this.#lifecycle.start(undefined, async () => {});
  }

  async stop(): Promise<void> {
    await this.#lifecycle.stop(undefined, async () => {});
    await this.#cache?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
