import { Inject } from '@nestjs/common';
import { serviceToken, STATEFUL_ROUTE, STATEFUL_ROUTE_SERVER } from './tokens.ts';

type InjectDecorator = PropertyDecorator & ParameterDecorator;

/** Injects the route: a `StatefulRoute<StatefulRouteForServerDriver>` in a pod, a `StatefulRoute<undefined>` in a caller. */
export const InjectRoute = (): InjectDecorator => Inject(STATEFUL_ROUTE);

/**
 * Injects the pod's side of the route, a `StatefulRouteForServerDriver`. In a caller, which has no `podId`, the application is
 * not created: `MISSING_DEPENDENCY`.
 */
export const InjectServerDriver = (): InjectDecorator => Inject(STATEFUL_ROUTE_SERVER);

/**
 * Injects the `ServiceHandle` of a service in the local namespace. Use `route.service(name)` in modules that are loaded lazily,
 * and for other namespaces.
 *
 * @throws `INVALID_PARAMETER` for a name that no service can have.
 */
export const InjectService = (name: string): InjectDecorator => Inject(serviceToken(name));
