/** Every word a pod's routing state can be. */
export const ROUTING_STATES = ['READY', 'DENY_NEW_CALL', 'SHUTDOWN', 'UNKNOWN'] as const;

/**
 * What a pod accepts: `READY` everyone, `DENY_NEW_CALL` only the users it already holds (it drains),
 * `SHUTDOWN` nobody.
 */
export type RoutingState = (typeof ROUTING_STATES)[number];
