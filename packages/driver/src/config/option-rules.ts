import {
  type BestPodOptions,
  type ConfigFault,
  type DrainOptions,
  type ExplainOptions,
  type FilterTerms,
  type HandOffOptions,
  type HandOffSelection,
  type PlacementFilter,
  type PodFilter,
  strategies,
} from '@stateful-route/core';
import {
  callRules,
  type Check,
  checkCount,
  checkFlag,
  checkFunction,
  checkInteger,
  checkPodId,
  checkSignal,
  checkUid,
  checkWait,
  faultsOf,
  FILTER_NAMES,
  hasMethods,
  invalidParameter,
  invalidParameters,
  nestedCheck,
  type OptionRules,
  optionsCheck,
  unknownName,
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

const termRules: OptionRules<FilterTerms> = {
  required: checkFlag,
  minCandidates: (value) => checkInteger(value, 'minCandidates', 1, Number.MAX_SAFE_INTEGER),
};
const isNotBoth = { excludes: { required: 'minCandidates' } };
const checkTerms = nestedCheck(termRules, isNotBoth);
const checkOwnFilter = nestedCheck<PlacementFilter>(
  { ...termRules, accepts: checkFunction },
  { ...isNotBoth, required: ['accepts'] },
);

/** The words of `explain` that a filter could be confused with. */
const RESERVED: ReadonlySet<string> = new Set<PodFilter>([
  'ended',
  'draining',
  'suspect',
  'excluded',
  'unreachable',
  'full',
  'overloaded',
]);
const OWN_NAME = /^[A-Za-z][\w-]{0,62}$/;

/** Filters by name: terms of built-in ones, and whole filters of the application's own. */
export function checkFilters(value: unknown, parameter = 'filters'): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter(parameter, 'must be an object of filters by name');
  }
  const faults = Object.entries(value).flatMap(([name, given]) => faultsOfFilter(name, given, parameter));
  if (faults.length > 0) throw invalidParameters(faults);
}

function faultsOfFilter(name: string, given: unknown, parameter: string): readonly ConfigFault[] {
  const at = `${parameter}.${name}`;
  if (given === undefined) return [];
  if ((FILTER_NAMES as readonly string[]).includes(name)) {
    return typeof given === 'boolean' ? [] : (faultsOf(() => checkTerms(given, at)) ?? []);
  }
  if (typeof given !== 'object' || given === null || !('accepts' in given)) {
    const { problem } = unknownName(name, FILTER_NAMES);
    return [{ name: at, problem: `${problem} (a filter of your own is { accepts(pod, context) })` }];
  }
  if (!OWN_NAME.test(name) || RESERVED.has(name)) {
    return [
      {
        name: at,
        problem: 'must be another name: a letter, then letters, digits, _ or -, and no word of explain',
      },
    ];
  }
  return faultsOf(() => checkOwnFilter(given, at)) ?? [];
}

/** The configuration of a route. */
export function checkConfig(value: unknown): void {
  resolveConfig(value as RouteConfigInput);
}
