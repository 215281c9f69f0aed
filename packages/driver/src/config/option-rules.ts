import {
  type BestPodOptions,
  type DrainOptions,
  type ExplainOptions,
  type HandOffOptions,
  type HandOffSelection,
  strategies,
} from '@stateful-route/core';
import {
  callRules,
  type Check,
  checkCount,
  checkFunction,
  checkPodId,
  checkSignal,
  checkUid,
  checkWait,
  hasMethods,
  invalidParameter,
  nestedCheck,
  type OptionRules,
  optionsCheck,
} from '@stateful-route/core/adapter';
import type { RouteConfigInput } from './route-config.ts';
import { resolveConfig } from './resolve-config.ts';

/** The options of `getServiceBestPod`. */
export const checkBestPodOptions: Check = optionsCheck<BestPodOptions>({ ...callRules, uid: checkUid });

/** The options of `explain`. */
export const checkExplainOptions: Check = optionsCheck<ExplainOptions>({ ...callRules, not: checkPodId });

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

/** A selection of `handOff` that names no users. */
export const checkHandOffSelection: Check = optionsCheck<Exclude<HandOffSelection, readonly string[]>>(
  { count: checkCount, filter: checkFunction },
  { required: ['count'] },
);

/** How many users a pod may hold. */
export function checkMaxUsers(value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) return;
  throw invalidParameter('maxUsers', 'must be an integer of 1 or more, or undefined for any number');
}

/** The defaults of a route's drains. */
export const checkDrainDefaults: Check = nestedCheck(drainRules);

/** The name of a strategy, or a strategy. */
export function checkStrategy(value: unknown, parameter = 'strategy'): void {
  if (typeof value === 'string' ? Object.hasOwn(strategies, value) : hasMethods(value, ['pick'])) return;
  throw invalidParameter(parameter, `must be one of ${Object.keys(strategies).join(', ')}, or a strategy`);
}

/** The configuration of a route. */
export function checkConfig(value: unknown): void {
  resolveConfig(value as RouteConfigInput);
}
