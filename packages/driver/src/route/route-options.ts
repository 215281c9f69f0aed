import type {
  Clock,
  DrainOptions,
  Executors,
  FilterSettings,
  Logger,
  PlacementFunction,
  SelectionStrategy,
  StrategyName,
} from '@stateful-route/core';
import {
  checkClock,
  checkFunction,
  checkLabel,
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
import { checkConfig, checkDrainDefaults, checkFilters, checkStrategy } from '../config/option-rules.ts';
import { checkRebalance, type Rebalance } from '../config/rebalance.ts';
import type { RouteConfigInput } from '../config/route-config.ts';
import type { LoadProbe } from '../pod/life/load-probe.ts';
import type { ResolveAddress } from '../wiring/address.ts';
import { tokens } from '../wiring/tokens.ts';
import { missingExecutors } from './missing-executors.ts';
import type { RouteOverrides, RouteParts } from './route-parts.ts';

/** The options of a caller's route. */
export interface CallerRouteOptions {
  /** The store's executors. The program that made them closes them. */
  readonly executors: Executors;
  /** The local namespace. The route makes links in no other. */
  readonly namespace: string;
  /** A pod's own service; for a caller, a service that `start` loads. */
  readonly serviceName?: string | undefined;
  readonly podId?: undefined;
  /** Default: the profile `realtime`. */
  readonly config?: RouteConfigInput | undefined;
  /**
   * What each user needs: a function of the uid alone. All pods and callers of a service must be given the same one. If it throws,
   * the user is not placed, and the call rejects with `INVALID_CONFIG`.
   */
  readonly placement?: PlacementFunction | undefined;
  /**
   * Which pods are candidates, by the names of filters: `labels` (required), `zone`, `pinned` (required), `newestRevision`
   * (preferred, `minCandidates` 1), and the application's own. `false` takes a built-in one away. Default: all built-in ones.
   */
  readonly filters?: FilterSettings | undefined;
  /**
   * Whether the service is kept even: the pod that leads plans who gives how many users to whom, and each pod chooses whom. `idle`:
   * only users that are idle are moved; `true`: idle ones first, then the others; or the figures of it. All pods of a service must be
   * given the same, and an `onHandOff` that saves the users. Default: `idle` with a host, else `false`. A caller needs only its
   * `updateStallMs`.
   */
  readonly rebalance?: Rebalance | undefined;
  /**
   * The zone of this process, such as `eu-west-1a`: users are placed on pods of the same zone first, those whose metadata `zone` is
   * equal. A pod publishes it as its own metadata `zone`, unless `setMetadata` gives another.
   */
  readonly zone?: string | undefined;
  /** The strategy by which pods are picked for new users. Default `power-of-two`. */
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  /** Default: lines of JSON on standard error, at the configured level. */
  readonly logger?: Logger | undefined;
  /** Services that `start` loads, so that their first users cost one round trip. */
  readonly services?: readonly string[] | undefined;
  /** The addresses of pods that publish none, such as `headlessDns`. */
  readonly resolveAddress?: ResolveAddress | undefined;
  /** Replacements of parts. */
  readonly overrides?: RouteOverrides | undefined;
}

/** The options of a pod's route. */
export interface PodRouteOptions extends Omit<CallerRouteOptions, 'podId' | 'serviceName'> {
  readonly serviceName: string;
  /** The pod's ordinal. */
  readonly podId: number;
  /** The address at which callers reach this pod. */
  readonly address?: string | undefined;
  /** Which version of the program this pod runs, as `fromEnv` reads it. While an update runs, users go to the newest first. */
  readonly revision?: string | undefined;
  /** The defaults of drains, and how `stop` drains. */
  readonly drain?: DrainOptions | undefined;
  /** Whether a user may be moved now to even the fleet out. Default: every user may. If it throws, the user stays. */
  readonly movable?: ((uid: string) => boolean) | undefined;
  /** Measures the pod's own load, such as `eventLoopProbe`. Default: none. */
  readonly loadProbe?: LoadProbe | undefined;
}

/** The options of a route that is a pod's if the running program knows a `podId`, else a caller's. */
export interface RouteOptions extends Omit<PodRouteOptions, 'podId'> {
  /** The pod's ordinal; `undefined` for a caller, which ignores a pod's other options. */
  readonly podId: number | undefined;
}

const irreplaceable: readonly string[] = ['place', 'config', 'stateCache'] satisfies readonly Exclude<
  keyof RouteParts,
  keyof RouteOverrides
>[];

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
  placement: checkFunction,
  filters: checkFilters,
  rebalance: checkRebalance,
  movable: checkFunction,
  zone: checkLabel,
  revision: checkLabel,
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
 * Checks the options of a route.
 *
 * @throws `INVALID_CONFIG` with every fault, or `MISSING_DEPENDENCY` if executors are missing and nothing else is wrong.
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
