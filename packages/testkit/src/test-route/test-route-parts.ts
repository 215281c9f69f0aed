import type { CallerRouteOptions, PodRouteOptions } from '@stateful-route/driver';

/** What the test itself gives every route. */
export const givenByTest = ['executors', 'namespace', 'serviceName', 'podId', 'clock'] as const;

type GivenByTest = (typeof givenByTest)[number];

/** What one pod is made of beside what all have: its address, how it drains, its own configuration. */
export type TestPodOptions = Omit<PodRouteOptions, GivenByTest>;

/** What one gateway is made of beside what all have. */
export type TestGatewayOptions = Omit<CallerRouteOptions, GivenByTest>;
