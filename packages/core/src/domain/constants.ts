/** The time to live of a claim: until it is removed. */
export const PERSIST_FOREVER = -1;

/** Makes a removal delete the link at once. */
export const DELETE_NOW = -1;

/** The lease a reader assumes for a pod that published none, in ms. */
export const DEFAULT_LEASE_MS = 300_000;

/** The update period a reader assumes for a pod that published none, in ms. */
export const DEFAULT_UPDATE_PERIOD_MS = 30_000;

/** A pod whose heartbeat is older than this many of its update periods is suspect: still alive, no longer picked. */
export const SUSPECT_AFTER_PERIODS = 2.5;

/** What one user adds to a pod's load if the pod did not publish `loadPerUser`. */
export const DEFAULT_LOAD_PER_USER = 1;

/** The largest number of uids in one round trip; longer batches are split. */
export const BATCH_LIMIT = 1_000;

/** An entry older than this many of its leases belongs to a dead pod, whatever happened to the store. */
export const LONG_DEAD_AFTER_LEASES = 3;
