import type {
  FilterSettings,
  PlacementFunction,
  SelectionStrategy,
  StatefulRouteForServerDriver,
  StrategyName,
} from '@stateful-route/core';
import type {
  CallerRouteOptions,
  PodRouteOptions,
  RouteConfigInput,
  StatefulRoute,
} from '@stateful-route/driver';

/** The options that the test itself gives every route. */
export const givenByTest: readonly string[] = ['executors', 'namespace', 'serviceName', 'podId', 'clock'];

/** The options of one pod: its address, its drain, its own configuration. */
export type TestPodOptions = Omit<
  PodRouteOptions,
  'executors' | 'namespace' | 'serviceName' | 'podId' | 'clock'
>;

/** The options of one gateway. */
export type TestGatewayOptions = Omit<
  CallerRouteOptions,
  'executors' | 'namespace' | 'serviceName' | 'podId' | 'clock'
>;

/** The service of a test. */
export interface TestRouteOptions {
  /** How many pods, numbered from 0, or the options of each. Default 3. */
  readonly pods?: number | readonly TestPodOptions[] | undefined;
  /** How many gateways, at least one, or the options of each. Default 1. */
  readonly gateways?: number | readonly TestGatewayOptions[] | undefined;
  readonly namespace?: string | undefined;
  readonly serviceName?: string | undefined;
  /** The configuration of all; a pod's or a gateway's own overrides it. Default: the profile `realtime`. */
  readonly config?: RouteConfigInput | undefined;
  readonly strategy?: StrategyName | SelectionStrategy | undefined;
  /** What each user needs, for all pods and gateways. */
  readonly placement?: PlacementFunction | undefined;
  /** The filters of all; a pod's or a gateway's own replace them. */
  readonly filters?: FilterSettings | undefined;
  /** The seed of all random choices, so that a test repeats. Default 1. */
  readonly seed?: number | undefined;
}

/** A pod's route. */
export type TestPod = StatefulRoute<StatefulRouteForServerDriver>;

/** A caller's route. */
export type TestGateway = StatefulRoute<undefined>;
