import type {
  Executors,
  Logger,
  RouteInfoDriver,
  SelectionStrategy,
  StrategyName,
} from '@stateful-route/core';
import { checkFunction, faultsOf, invalidConfig, type StatefulExecutor } from '@stateful-route/core/adapter';
import { checkRouteDriverOptions } from '../config/option-rules.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { factoryConfig, type RouteConfig, type StatefulBaseConfig } from '../config/route-config.ts';
import { Lifecycle } from '../waiting/lifecycle.ts';
import type { ServiceStateCache } from '../service/service-state-cache.ts';
import { StoreServiceStates } from '../service/service-states.ts';
import { asExecutors, missingDependency, silentFeed } from './missing-executors.ts';
import { RouteContainer } from './route-container.ts';
import {
  defaultRouteDriverOptions,
  type RouteDriverOption,
  type RouteDriverOptions,
} from './route-driver-options.ts';
import { RouteInfoDriverImpl } from '../caller/route-info-driver-impl.ts';
import type { RouteOverrides } from './route-parts.ts';

/** A driver with a life of its own. */
export interface StartableRouteInfoDriver extends RouteInfoDriver, AsyncDisposable {
  /** Questions may be asked before; a second start is `ALREADY_RUNNING`. */
  start(): Promise<void>;
  /** Ends subscriptions and timers; a later question begins them anew. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * Builds route information drivers for those who wire the rest themselves. Every part it hands out works. Its times are the
 * older module's, the profile `compat`, where the configuration gives no other.
 */
export class RouteDriverFactory {
  readonly #logger: Logger | undefined;

  constructor(logger?: Logger) {
    this.#logger = logger;
  }

  /**
   * A driver on a cache of the caller's, or on none: then every question goes to the store.
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

  /** A state cache, for drivers that are to share one. Whoever asks for it closes it. */
  createStateCache(
    baseConfig: StatefulBaseConfig | undefined,
    executor: Executors | StatefulExecutor,
  ): ServiceStateCache {
    return this.#container(resolveConfig(factoryConfig, baseConfig), executor).get('stateCache');
  }

  /**
   * A driver with a cache of its own, from options.
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
      throw missingDependency('StatefulExecutor', 'a driver asks its store; use withExecutors');
    }
    const logger = overrides.logger ?? this.#logger;
    return new RouteContainer({
      // Nothing is linked by an information driver, so it has no namespace of its own.
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
  const stateful = container.get('statefulExecutor');
  return [
    container.get('config'),
    clock,
    stateful,
    container.get('serverExecutor'),
    cache ?? new StoreServiceStates(stateful, clock, container.get('podPicker')),
    cache?.events ?? container.get('eventManager'),
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
