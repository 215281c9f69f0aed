/** A link that lasts until it is removed: a claim. */
export const PERSIST_FOREVER = -1;

/** A removal that keeps nothing: the link is gone when the call returns. */
export const DELETE_NOW = -1;

/** The lease a reader assumes for a pod that published none, in ms. */
export const DEFAULT_LEASE_MS = 300_000;

/** The update period a reader assumes for a pod that published none, in ms. */
export const DEFAULT_UPDATE_PERIOD_MS = 30_000;

/** A pod older than this many of its update periods is suspect: still alive, no longer picked. */
export const SUSPECT_AFTER_PERIODS = 2.5;

/** What one user adds to a pod's published load when the pod did not say. */
export const DEFAULT_LOAD_PER_USER = 1;

/** The largest number of uids that one batch round trip carries; longer batches are split. */
export const BATCH_LIMIT = 1_000;

/** An entry silent for longer than this many of its leases belongs to a pod long dead, whatever happened to the store. */
export const LONG_DEAD_AFTER_LEASES = 3;
