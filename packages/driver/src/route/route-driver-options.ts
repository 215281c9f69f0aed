import type { Clock, Executors, Logger, SelectionStrategy, StrategyName } from '@stateful-route/core';
import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { factoryConfig, type RouteConfigInput, type StatefulBaseConfig } from '../config/route-config.ts';

/** What a route information driver is made of, collected from options. */
export interface RouteDriverOptions {
  readonly baseConfig: StatefulBaseConfig;
  /** Seconds; beats the base configuration's. */
  readonly linkInfoCacheTime: number | undefined;
  /** Whether states are kept in memory; without, every question goes to the store. */
  readonly enableStateCache: boolean;
  /** Whether changes are pushed by the store and told to listeners. */
  readonly enableEventNotify: boolean;
  readonly executors: Executors | StatefulExecutor | undefined;
  readonly logger: Logger | undefined;
  readonly clock: Clock | undefined;
  readonly strategy: StrategyName | SelectionStrategy | undefined;
}

/** One option: changes what was collected so far. Of two that change the same, the last one wins. */
export type RouteDriverOption = (options: RouteDriverOptions) => RouteDriverOptions;

/** What holds where no option says otherwise: the older module's times, the profile `compat`. */
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

/** The configuration; its values beat the defaults, which are those of `compat` where it gives no profile. */
export const withBaseConfig =
  (baseConfig: RouteConfigInput): RouteDriverOption =>
  (options) => ({ ...options, baseConfig });

/** The time to live of a temporary link, in seconds; beats the configuration's. */
export const withLinkInfoCacheTime =
  (seconds: number): RouteDriverOption =>
  (options) => ({ ...options, linkInfoCacheTime: seconds });

/** Whether states are kept in memory. Default true; without, every question goes to the store, and listeners are refused. */
export const withStateCache =
  (enable: boolean): RouteDriverOption =>
  (options) => ({ ...options, enableStateCache: enable });

/** Whether changes are pushed. Default true; without, states, and what listeners are told, are as old as the last refresh. */
export const withEventNotify =
  (enable: boolean): RouteDriverOption =>
  (options) => ({ ...options, enableEventNotify: enable });

/** The store; tag calls need whole executors. */
export const withExecutors =
  (executors: Executors | StatefulExecutor): RouteDriverOption =>
  (options) => ({ ...options, executors });

/** Where log lines go. */
export const withLogger =
  (logger: Logger): RouteDriverOption =>
  (options) => ({ ...options, logger });

/** What tells the time. */
export const withClock =
  (clock: Clock): RouteDriverOption =>
  (options) => ({ ...options, clock });

/** How pods are picked. */
export const withStrategy =
  (strategy: StrategyName | SelectionStrategy): RouteDriverOption =>
  (options) => ({ ...options, strategy });
