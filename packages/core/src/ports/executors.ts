import type { ServerExecutor } from './server-executor.ts';
import type { StatefulExecutor } from './stateful-executor.ts';
import type { StateFeed } from './state-feed.ts';

/** One store, through all its ports. */
export interface Executors {
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  /** Closes what the adapter itself opened, never a client that was passed in. Safe to repeat. */
  close(): Promise<void>;
}
