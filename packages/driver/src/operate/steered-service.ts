import type { CallOptions, Executors } from '@stateful-route/core';

/** A service that an operator looks at or changes. */
export interface SteeredService extends Pick<CallOptions, 'signal'> {
  readonly executors: Pick<Executors, 'stateful' | 'server'>;
  readonly namespace: string;
  readonly serviceName: string;
}
