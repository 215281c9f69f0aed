export { createGateway, type GatewayRoute } from './create-gateway.ts';
export type { Gateway, GatewayOptions, GatewayStats, JwtUid, UidSource } from './gateway.ts';
