import type { Executors, Logger } from '@stateful-route/core';

/** The store of the program, which it also closes. */
export interface Store {
  readonly executors: Executors;
  /** Where it is, for the log: no password. */
  readonly address: string;
  close(): Promise<void>;
}

/** Settings of the connection to Redis, as `readRedisSettings` returns them. */
export type StoreSettings = object;

/** What the program uses of `@stateful-route/adapter-redis`, which only its bin may load. */
export interface StoreAdapter {
  /** @throws `INVALID_CONFIG` with every fault. */
  readRedisSettings(given: unknown): StoreSettings;
  openRedisStore(
    settings: StoreSettings,
    options: { readonly timeoutMs: number; readonly connectionName: string; readonly logger: Logger },
  ): Store;
}
