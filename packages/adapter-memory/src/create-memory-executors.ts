import { type Clock, type Executors, systemClock } from '@stateful-route/core';
import { type Check, checkClock, checkedExecutors, configCheck } from '@stateful-route/core/adapter';
import { type MemoryFaults, memoryFaults } from './memory-faults.ts';
import { MemoryServerExecutor } from './memory-server-executor.ts';
import { MemoryStateFeed } from './feed/memory-state-feed.ts';
import { MemoryStatefulExecutor } from './memory-stateful-executor.ts';
import { MemoryStore } from './stored/memory-store.ts';

/** Options of a directory in memory. */
export interface MemoryExecutorsOptions {
  /** The store's clock, in tests a `ManualClock`. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** A directory in memory. */
export interface MemoryExecutors extends Executors {
  /** Faults that a test can cause. */
  readonly faults: MemoryFaults;
}

const checkOptions: Check = configCheck<MemoryExecutorsOptions>({ clock: checkClock });

/**
 * Makes a directory in this process's memory. All drivers that share it get the same executors.
 *
 * It keeps the ports' whole contract, but only within this process, and only until that ends.
 *
 * @throws `INVALID_CONFIG` for unknown or invalid options.
 *
 * @example
 * const executors = createMemoryExecutors();
 * await executors.stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 0, 300);
 */
export function createMemoryExecutors(options: MemoryExecutorsOptions = {}): MemoryExecutors {
  checkOptions(options);
  const { clock = systemClock } = options;
  const store = new MemoryStore(clock);
  const feed = new MemoryStateFeed();
  const executors = checkedExecutors({
    stateful: new MemoryStatefulExecutor(store, feed),
    server: new MemoryServerExecutor(store, feed),
    feed,
    close: async () => {
      feed.close();
    },
  });
  return { ...executors, faults: memoryFaults(store, feed) };
}
