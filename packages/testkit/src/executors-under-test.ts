import type { Executors } from '@stateful-route/core';

/** What an adapter's store can and cannot do in tests. The suite tests what is declared; it skips nothing by itself. */
export interface ExecutorsCapabilities {
  /**
   * `manual`: `advance` moves the store's time, so that weeks are tested too.
   * `real`: the store has a clock of its own, and the suite waits for it, a second or so at a time.
   */
  readonly clock: 'manual' | 'real';
  /** The subject counts round trips, so that the suite tests what calls cost. Default: it does not. */
  readonly roundTrips?: boolean | undefined;
}

/** One store for one test. It may be shared with other tests: the suite keeps to namespaces of its own. */
export interface ExecutorsSubject {
  readonly executors: Executors;
  /** Moves the store's time on; needed where the clock is `manual`. */
  readonly advance?: (ms: number) => Promise<void>;
  /** How many round trips were made so far; needed where `roundTrips` is declared. */
  readonly roundTrips?: () => number;
  close(): Promise<void>;
}

/** An adapter, as the suite takes it. */
export interface ExecutorsUnderTest {
  readonly name: string;
  /** Called for each test; the subject is closed when the test has ended. */
  create(): ExecutorsSubject | Promise<ExecutorsSubject>;
  readonly capabilities: ExecutorsCapabilities;
}
