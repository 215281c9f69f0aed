import type { Clock, Executors, Logger, SelectionStrategy, StrategyName } from '@stateful-route/core';
import {
  type Check,
  checkClock,
  checkFlag,
  checkLogger,
  configCheck,
  type StatefulExecutor,
} from '@stateful-route/core/adapter';
import { checkStrategy } from '../config/option-rules.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { factoryConfig, type RouteConfigInput, type StatefulBaseConfig } from '../config/route-config.ts';

/** The options of a route information driver, collected. */
export interface RouteDriverOptions {
  readonly baseConfig: StatefulBaseConfig;
  /** Seconds; overrides the base configuration's. */
  readonly linkInfoCacheTime: number | undefined;
  /** Whether states are kept in memory; else every query reads the store. */
  readonly enableStateCache: boolean;
  /** Whether the store pushes changes. */
  readonly enableEventNotify: boolean;
  readonly executors: Executors | StatefulExecutor | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock | undefined;
  readonly strategy: StrategyName | SelectionStrategy | undefined;
}

/** One option: changes the options collected so far. A later option overrides an earlier one. */
export type RouteDriverOption = (options: RouteDriverOptions) => RouteDriverOptions;

/** The defaults: the times of the older module, which are the profile `compat`. */
export function defaultRouteDriverOptions(): RouteDriverOptions {
  return {
    baseConfig: factoryConfig,
    linkInfoCacheTime: undefined,
    enableStateCache: true,
    enableEventNotify: true,
    executors: undefined,
    logger: undefined,
    clock: undefined,
    strategy: undefined,
  };
}

/** The configuration. Its profile is `compat` unless it gives another. */
export const withBaseConfig =
  (baseConfig: RouteConfigInput): RouteDriverOption =>
  (options) => ({ ...options, baseConfig });

/** The time to live of a temporary link, in seconds; overrides the configuration's. */
export const withLinkInfoCacheTime =
  (seconds: number): RouteDriverOption =>
  (options) => ({ ...options, linkInfoCacheTime: seconds });

/** Whether states are kept in memory. Default true; else every query reads the store, and listeners are refused. */
export const withStateCache =
  (enable: boolean): RouteDriverOption =>
  (options) => ({ ...options, enableStateCache: enable });

/** Whether the store pushes changes. Default true; else states and listeners are as late as the next refresh. */
export const withEventNotify =
  (enable: boolean): RouteDriverOption =>
  (options) => ({ ...options, enableEventNotify: enable });

/** The store. Calls about tags need whole executors. */
export const withExecutors =
  (executors: Executors | StatefulExecutor): RouteDriverOption =>
  (options) => ({ ...options, executors });

/** The logger. */
export const withLogger =
  (logger: Logger): RouteDriverOption =>
  (options) => ({ ...options, logger });

/** The clock. */
export const withClock =
  (clock: Clock): RouteDriverOption =>
  (options) => ({ ...options, clock });

/** The strategy by which pods are picked. */
export const withStrategy =
  (strategy: StrategyName | SelectionStrategy): RouteDriverOption =>
  (options) => ({ ...options, strategy });

/** A configuration of the factory's drivers. */
function checkDriverConfig(value: unknown): void {
  resolveConfig(factoryConfig, value as RouteConfigInput);
}

/** The options as collected. */
export const checkRouteDriverOptions: Check = configCheck<RouteDriverOptions>(
  {
    baseConfig: checkDriverConfig,
    linkInfoCacheTime: (value) => {
      checkDriverConfig({ linkInfoCacheTimeSecs: value });
    },
    enableStateCache: checkFlag,
    enableEventNotify: checkFlag,
    // Missing executors are an error of their own.
    executors: () => {},
    logger: checkLogger,
    clock: checkClock,
    strategy: checkStrategy,
  },
  { required: ['baseConfig', 'enableStateCache', 'enableEventNotify'] },
);
