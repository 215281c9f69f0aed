import type { CallerRouteOptions, PodRouteOptions } from '@stateful-route/driver';

/** What the test itself gives every route. */
type GivenByTest = 'executors' | 'namespace' | 'serviceName' | 'podId' | 'clock';

/** What one pod is made of beside what all have: its address, how it drains, its own configuration. */
export type TestPodOptions = Omit<PodRouteOptions, GivenByTest>;

/** What one gateway is made of beside what all have. */
export type TestGatewayOptions = Omit<CallerRouteOptions, GivenByTest>;
