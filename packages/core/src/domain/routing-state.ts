/** All routing states. */
export const ROUTING_STATES = ['READY', 'DENY_NEW_CALL', 'SHUTDOWN', 'UNKNOWN'] as const;

/**
 * What a pod accepts: with `READY` all users, with `DENY_NEW_CALL` only the users it already holds (it drains), with
 * `SHUTDOWN` none.
 */
export type RoutingState = (typeof ROUTING_STATES)[number];
