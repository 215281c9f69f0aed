export { GatewayModule } from './forward/gateway.module.ts';
export type { GatewayModuleOptions } from './forward/gateway-module-options.ts';
export { InjectGateway, STATEFUL_ROUTE_GATEWAY } from './forward/inject-gateway.ts';
