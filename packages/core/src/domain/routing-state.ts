/** Every routing state. */
export const ROUTING_STATES = ['READY', 'DENY_NEW_CALL', 'SHUTDOWN', 'UNKNOWN'] as const;

/** The users that a pod accepts: `READY` all, `DENY_NEW_CALL` only those it holds (it drains), `SHUTDOWN` none. */
export type RoutingState = (typeof ROUTING_STATES)[number];
