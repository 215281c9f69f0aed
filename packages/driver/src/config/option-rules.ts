import {
  type BestPodOptions,
  type DrainOptions,
  type HandOffOptions,
  type HandOffSelection,
  strategies,
} from '@stateful-route/core';
import {
  callRules,
  type Check,
  checkClock,
  checkCount,
  checkFlag,
  checkFunction,
  checkLogger,
  checkPodId,
  checkSignal,
  checkUid,
  checkWait,
  configCheck,
  hasMethods,
  invalidParameter,
  nestedCheck,
  type OptionRules,
  optionsCheck,
} from '@stateful-route/core/adapter';
import type { RouteDriverOptions } from '../route/route-driver-options.ts';
import { factoryConfig, type RouteConfigInput } from './route-config.ts';
import { resolveConfig } from './resolve-config.ts';

/** The options of `getServiceBestPod`. */
export const checkBestPodOptions: Check = optionsCheck<BestPodOptions>({ ...callRules, uid: checkUid });

const drainRules: OptionRules<DrainOptions> = {
  onHandOff: checkFunction,
  ratePerSecond: (value, parameter = 'ratePerSecond') => {
    if (typeof value !== 'number' || !(value > 0))
      throw invalidParameter(parameter, 'must be a number above 0');
  },
  concurrency: (value, parameter = 'concurrency') => {
    if (typeof value !== 'number' || !(value >= 1)) {
      throw invalidParameter(parameter, 'must be a number of 1 or more');
    }
  },
  userTimeoutMs: checkWait,
  deadlineMs: checkWait,
  signal: checkSignal,
};

/** The options of `drain`. */
export const checkDrainOptions: Check = optionsCheck(drainRules);

/** The options of `handOff`. */
export const checkHandOffOptions: Check = optionsCheck<HandOffOptions>({ ...drainRules, to: checkPodId });

/** Which users are handed over, where they are not named. */
export const checkHandOffSelection: Check = optionsCheck<Exclude<HandOffSelection, readonly string[]>>(
  { count: checkCount, filter: checkFunction },
  { required: ['count'] },
);

/** How a route drains where nobody says otherwise. */
export const checkDrainDefaults: Check = nestedCheck(drainRules);

/** The name of a strategy, or a strategy. */
export function checkStrategy(value: unknown, parameter = 'strategy'): void {
  if (typeof value === 'string' ? Object.hasOwn(strategies, value) : hasMethods(value, ['pick'])) return;
  throw invalidParameter(parameter, `must be one of ${Object.keys(strategies).join(', ')}, or a strategy`);
}

/** A configuration of a route, whose faults have its own names. */
export function checkConfig(value: unknown): void {
  resolveConfig(value as RouteConfigInput);
}

/** A configuration of a driver of the factory. */
function checkDriverConfig(value: unknown): void {
  resolveConfig(factoryConfig, value as RouteConfigInput);
}

/** What the options of an information driver have come to. */
export const checkRouteDriverOptions: Check = configCheck<RouteDriverOptions>(
  {
    baseConfig: checkDriverConfig,
    linkInfoCacheTime: (value) => {
      checkDriverConfig({ linkInfoCacheTimeSecs: value });
    },
    enableStateCache: checkFlag,
    enableEventNotify: checkFlag,
    // What is missing is told by itself.
    executors: () => {},
    logger: checkLogger,
    clock: checkClock,
    strategy: checkStrategy,
  },
  { required: ['baseConfig', 'enableStateCache', 'enableEventNotify'] },
);
