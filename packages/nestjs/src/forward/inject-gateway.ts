import { Inject } from '@nestjs/common';

/** The provider of the gateway; `@InjectGateway()` injects it. */
export const STATEFUL_ROUTE_GATEWAY: unique symbol = Symbol('STATEFUL_ROUTE_GATEWAY');

/** Injects the `Gateway`, for its `stats()`. */
export const InjectGateway = (): PropertyDecorator & ParameterDecorator => Inject(STATEFUL_ROUTE_GATEWAY);
