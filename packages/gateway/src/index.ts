export type { Gateway, GatewayOptions, GatewayStats, JwtUid, UidSource } from './gateway.ts';
