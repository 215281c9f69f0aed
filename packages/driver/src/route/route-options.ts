import type {
  Clock,
  DrainOptions,
  Executors,
  Logger,
  SelectionStrategy,
  StrategyName,
} from '@stateful-route/core';
import {
  checkClock,
  checkFunction,
  checkLogger,
  checkNamespace,
  checkPodId,
  checkServiceName,
  faultsOf,
  invalidConfig,
  invalidParameter,
  nestedCheck,
  optionFaults,
  type OptionRules,
} from '@stateful-route/core/adapter';
import { checkConfig, checkDrainDefaults, checkStrategy } from '../config/option-rules.ts';
import type { RouteConfigInput } from '../config/route-config.ts';
import type { LoadProbe } from '../pod/life/load-probe.ts';
import type { ResolveAddress } from '../wiring/address.ts';
import { missingExecutors } from './missing-executors.ts';
import type { RouteOverrides, RouteParts } from './route-parts.ts';
import { tokens } from '../wiring/tokens.ts';

/** What a caller's route is made of. */
export interface CallerRouteOptions {
  /** The store, by its ports; whoever made it closes it. */
  readonly executors: Executors;
  /** The local namespace: the one in which links are made. */
  readonly namespace: string;
  /** For a caller a service that `start` loads; for a pod its own. */
  readonly serviceName?: string | undefined;
  readonly podId?: undefined;
  /** Default: the profile `realtime`. */
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

/** The options of a route whose `podId` is only known when the program runs: with one it is a pod's, else a caller's. */
export interface RouteOptions extends Omit<PodRouteOptions, 'podId'> {
  /** The pod's ordinal; `undefined` for a caller, to whom the other options of a pod mean nothing. */
  readonly podId: number | undefined;
}

/** What a route is given by its place, its configuration and its other parts alone. */
const irreplaceable: readonly string[] = [
  'place',
  'config',
  'limitedLogger',
] satisfies readonly (keyof RouteParts)[];

const replaceable = Object.keys(tokens).filter((part) => !irreplaceable.includes(part));

const rules: OptionRules<PodRouteOptions> = {
  executors: () => {},
  namespace: checkNamespace,
  serviceName: checkServiceName,
  podId: checkPodId,
  config: checkConfig,
  strategy: checkStrategy,
  clock: checkClock,
  logger: checkLogger,
  services: (value, parameter = 'services') => {
    const isName = (name: unknown): boolean => !faultsOf(() => checkServiceName(name));
    if (Array.isArray(value) && value.every(isName)) return;
    throw invalidParameter(parameter, 'must be an array of services’ names');
  },
  resolveAddress: checkFunction,
  overrides: nestedCheck(Object.fromEntries(replaceable.map((part) => [part, () => {}]))),
  address: (value, parameter = 'address') => {
    if (typeof value === 'string' && value !== '' && value.isWellFormed()) return;
    throw invalidParameter(parameter, 'must be a well-formed string that is not empty');
  },
  drain: checkDrainDefaults,
  loadProbe: checkFunction,
};

const faultsIn = optionFaults(rules, {
  required: ['namespace'],
  together: ({ podId, serviceName }) => {
    if (podId !== undefined && serviceName === undefined) {
      throw invalidParameter('serviceName', 'must be given beside podId');
    }
  },
});

/**
 * Checks the options of a route, all of them at once.
 *
 * @throws `INVALID_CONFIG`, or `MISSING_DEPENDENCY` where nothing is wrong but that executors are missing.
 */
export function checkRouteOptions(options: unknown): void {
  const faults = faultsIn(options, 'options');
  const missing = missingExecutors((options as Partial<CallerRouteOptions> | undefined)?.executors);
  if (!faults) {
    if (missing) throw missing;
    return;
  }
  const isObject = faults[0]?.name !== 'options';
  throw invalidConfig(
    missing && isObject ? [...faults, { name: missing.dependency, problem: 'must be given' }] : faults,
  );
}
