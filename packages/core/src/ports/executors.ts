import type { ServerExecutor } from './server-executor.ts';
import type { StatefulExecutor } from './stateful-executor.ts';
import type { StateFeed } from './state-feed.ts';

/** One store, through all its ports. */
export interface Executors {
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly feed: StateFeed;
  /**
   * Calls the listener, from now on, with the number of items of each command that calls share: users, services, pods. It is
   * called in the step in which the command is sent, and must not throw. A listener that is given again is called once. An adapter
   * whose calls share no commands leaves this out.
   */
  observeBatches?(listener: (items: number) => void): void;
  /** Closes what the adapter itself opened, never a client that was passed in. Safe to repeat. */
  close(): Promise<void>;
}
