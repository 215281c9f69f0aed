/** A link that lasts until it is removed: a claim. */
export const PERSIST_FOREVER = -1;

/** A removal that leaves no temporary link. */
export const DELETE_NOW = -1;

/** The lease in ms of a pod that published none. */
export const DEFAULT_LEASE_MS = 300_000;

/** The update period in ms of a pod that published none. */
export const DEFAULT_UPDATE_PERIOD_MS = 30_000;

/** A pod is suspect after this many of its update periods without a heartbeat: still alive, but no longer picked. */
export const SUSPECT_AFTER_PERIODS = 2.5;

/** What one user adds to a pod's load, if the pod published no other value. */
export const DEFAULT_LOAD_PER_USER = 1;

/** The largest number of uids in one round trip. Larger batches are split. */
export const BATCH_LIMIT = 1_000;

/** About how many entries a journal has at most. The oldest are dropped. */
export const JOURNAL_LIMIT = 10_000;

/** How many orders of one pod are kept at most: those that wait, and those that have ended and are not past their `until`. */
export const ORDERS_LIMIT = 1_000;

/** How many orders a heartbeat's reply has at most. */
export const ORDERS_REPLIED = 100;

/** An entry older than this many of its leases is of a dead pod, whatever happened to the store. */
export const LONG_DEAD_AFTER_LEASES = 3;
