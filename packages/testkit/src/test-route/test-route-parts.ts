import type { CallerRouteOptions, PodRouteOptions } from '@stateful-route/driver';

/** The options that the test itself gives every route. */
export const givenByTest = ['executors', 'namespace', 'serviceName', 'podId', 'clock'] as const;

type GivenByTest = (typeof givenByTest)[number];

/** The options of one pod: its address, its drain, its own configuration. */
export type TestPodOptions = Omit<PodRouteOptions, GivenByTest>;

/** The options of one gateway. */
export type TestGatewayOptions = Omit<CallerRouteOptions, GivenByTest>;
