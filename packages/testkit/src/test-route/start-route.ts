import {
  type Clock,
  type Executors,
  type FilterSettings,
  type PlacementFunction,
  type SelectionStrategy,
  type StrategyName,
  routeError,
  silentLogger,
} from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import {
  createStatefulRoute,
  mergeConfig,
  type RouteConfigInput,
  type RouteOverrides,
} from '@stateful-route/driver';
import type { TestGateway, TestGatewayOptions, TestPod, TestPodOptions } from './test-route-parts.ts';

/** What the routes of a test share. */
export interface TestFleet {
  readonly shared: {
    readonly namespace: string;
    readonly serviceName: string;
    readonly config: RouteConfigInput | undefined;
    readonly strategy: StrategyName | SelectionStrategy | undefined;
    readonly placement: PlacementFunction | undefined;
    readonly filters: FilterSettings | undefined;
    readonly clock: Clock;
  };
  readonly executors: Executors;
  readonly random: () => number;
  /** Counts the runs of pods. */
  readonly nextRun: () => number;
}

/** A pod that is not started yet, and the function that cuts it off from the store. */
export interface MadePod {
  readonly pod: TestPod;
  readonly cut: () => void;
}

/** Makes a pod as in a process of its own. */
export function makePod(fleet: TestFleet, podId: number, own: TestPodOptions): MadePod {
  const line = cuttable(fleet.executors);
  // Of two runs that start in the same ms the one with the greater id is the later one.
  const newIncarnation = (): string => `${podId}-${String(fleet.nextRun()).padStart(9, '0')}`;
  const made = madeOf(fleet, own, { newIncarnation });
  const pod = createStatefulRoute({ ...own, ...made, executors: line.executors, podId });
  return { pod, cut: line.cut };
}

/** Makes a gateway that loads the service when it starts. */
export function makeGateway(fleet: TestFleet, own: TestGatewayOptions): TestGateway {
  return createStatefulRoute({ ...own, ...madeOf(fleet, own, {}), executors: fleet.executors });
}

/** The options of a route: its own, else the fleet's. */
function madeOf(
  { shared, random }: TestFleet,
  { config, strategy, placement, filters, logger, overrides }: TestGatewayOptions,
  parts: RouteOverrides,
): TestFleet['shared'] & Pick<TestGatewayOptions, 'logger' | 'overrides'> {
  return {
    ...shared,
    config: mergeConfig(shared.config, config),
    strategy: strategy ?? shared.strategy,
    placement: placement ?? shared.placement,
    filters: filters ?? shared.filters,
    logger: logger ?? silentLogger,
    overrides: { random, ...parts, ...overrides },
  };
}

/** Executors whose calls fail before they reach the store, after `cut`. */
function cuttable(executors: Executors): { readonly executors: Executors; readonly cut: () => void } {
  let isCut = false;
  return {
    executors: decorateExecutors(executors, ({ method, options, run }) =>
      isCut
        ? Promise.reject(routeError('STORE_ERROR', 'This pod was killed.', { operation: method }))
        : run(options),
    ),
    cut: () => {
      isCut = true;
    },
  };
}
