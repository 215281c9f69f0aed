import { Inject } from '@nestjs/common';

/** The provider of the host; `@InjectHost()` injects it. */
export const STATEFUL_ROUTE_HOST: unique symbol = Symbol('STATEFUL_ROUTE_HOST');

/** Injects the pod's `Host<State>`. */
export const InjectHost = (): PropertyDecorator & ParameterDecorator => Inject(STATEFUL_ROUTE_HOST);
