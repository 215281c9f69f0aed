import { checkServiceName } from '@stateful-route/core/adapter';

/** The provider of the route; `@InjectRoute()` injects it. */
export const STATEFUL_ROUTE: unique symbol = Symbol('STATEFUL_ROUTE');

/** The provider of the pod's server driver; `@InjectServerDriver()` injects it. */
export const STATEFUL_ROUTE_SERVER: unique symbol = Symbol('STATEFUL_ROUTE_SERVER');

/** The provider of the module's options. */
export const STATEFUL_ROUTE_OPTIONS: unique symbol = Symbol('STATEFUL_ROUTE_OPTIONS');

/**
 * The provider of the store's executors. A test overrides it:
 * `Test.createTestingModule(…).overrideProvider(STATEFUL_ROUTE_EXECUTORS).useValue(createMemoryExecutors())`.
 */
export const STATEFUL_ROUTE_EXECUTORS: unique symbol = Symbol('STATEFUL_ROUTE_EXECUTORS');

const services = new Set<string>();

/**
 * The provider of a service's handle; `@InjectService(name)` injects it. The module provides the handle of each service whose
 * token was asked for before the application was created.
 *
 * @throws `INVALID_PARAMETER` for a name that no service can have.
 */
export function serviceToken(name: string): string {
  checkServiceName(name, 'name');
  services.add(name);
  return `STATEFUL_ROUTE_SERVICE:${name}`;
}

/** The services whose tokens were asked for. */
export function injectedServices(): readonly string[] {
  return [...services];
}
