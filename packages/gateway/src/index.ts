export type { Gateway, GatewayOptions, GatewayStats, UidSource } from './gateway.ts';
