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
  /** The subject restarts its store, so that the suite tests epochs. Default: it does not. */
  readonly restarts?: boolean | undefined;
  /** The subject writes as others do who share the store, so that the suite tests what is made of it. Default: it does not. */
  readonly rawWrites?: boolean | undefined;
}

/** Writes beside the ports: those of the other sides, and those of a person at a console. */
export interface RawWrites {
  /** Writes any word in the place of a pod's intent. */
  setIntent(namespace: string, serviceName: string, podId: number, word: string): Promise<void>;
  /** Writes a pod's word, or removes it, and leaves the details of its heartbeat as they are. */
  setWord(namespace: string, serviceName: string, podId: number, word: string | undefined): Promise<void>;
  /** Removes a link, and leaves its token record as it is. */
  removeLink(namespace: string, uid: string, serviceName: string): Promise<void>;
  /** Sets a claim, and leaves the token record as it is, or away. */
  setClaim(namespace: string, uid: string, serviceName: string, podId: number): Promise<void>;
}

/** One store for one test. It may be shared with other tests: the suite keeps to namespaces of its own. */
export interface ExecutorsSubject {
  readonly executors: Executors;
  /** Moves the store's time on; needed where the clock is `manual`. */
  readonly advance?: ((ms: number) => Promise<void>) | undefined;
  /** How many round trips were made so far; needed where `roundTrips` is declared. */
  readonly roundTrips?: (() => number) | undefined;
  /**
   * Restarts the store, and resolves when it answers again: a new epoch, whatever it kept or lost. Needed where `restarts`
   * is declared; then no other test uses the same store.
   */
  readonly restart?: (() => Promise<void>) | undefined;
  /** Needed where `rawWrites` is declared. */
  readonly raw?: RawWrites | undefined;
  close(): Promise<void>;
}

/** An adapter, as the suite takes it. */
export interface ExecutorsUnderTest {
  readonly name: string;
  /** Called for each test; the subject is closed when the test has ended. */
  create(): ExecutorsSubject | Promise<ExecutorsSubject>;
  readonly capabilities: ExecutorsCapabilities;
}
