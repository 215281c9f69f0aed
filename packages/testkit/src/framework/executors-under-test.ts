import type { Executors } from '@stateful-route/core';

/** What an adapter's store can do in tests. The suite tests what is declared, and skips nothing else. */
export interface ExecutorsCapabilities {
  /**
   * `manual`: `advance` moves the store's time, so that the suite tests weeks too.
   * `real`: the store has its own clock, and the suite waits for about a second at a time.
   */
  readonly clock: 'manual' | 'real';
  /** Whether the subject counts round trips, so that the suite tests them. Default: no. */
  readonly roundTrips?: boolean | undefined;
  /** Whether the subject can restart its store, so that the suite tests epochs. Default: no. */
  readonly restarts?: boolean | undefined;
  /** Whether the subject can write as other programs do, so that the suite tests how that is read. Default: no. */
  readonly rawWrites?: boolean | undefined;
}

/** Writes that bypass the ports: those of the older sides, and of an operator at a console. */
export interface RawWrites {
  /** Writes any word as a pod's intent. */
  setIntent(namespace: string, serviceName: string, podId: number, word: string): Promise<void>;
  /** Writes or removes a pod's word; the details of its heartbeat stay. */
  setWord(namespace: string, serviceName: string, podId: number, word: string | undefined): Promise<void>;
  /** Removes a link; its token record stays. */
  removeLink(namespace: string, uid: string, serviceName: string): Promise<void>;
  /** Sets a claim; its token record, if any, stays. */
  setClaim(namespace: string, uid: string, serviceName: string, podId: number): Promise<void>;
}

/** The store of one test. Tests may share a store: the suite uses namespaces of its own. */
export interface ExecutorsSubject {
  readonly executors: Executors;
  /** Advances the store's time; required if the clock is `manual`. */
  readonly advance?: ((ms: number) => Promise<void>) | undefined;
  /** How many round trips were made so far; required if `roundTrips` is declared. */
  readonly roundTrips?: (() => number) | undefined;
  /**
   * Restarts the store, which has a new epoch then, and may have lost data; resolves when it replies again. Required if
   * `restarts` is declared; then no other test may use the same store.
   */
  readonly restart?: (() => Promise<void>) | undefined;
  /** Required if `rawWrites` is declared. */
  readonly raw?: RawWrites | undefined;
  close(): Promise<void>;
}

/** An adapter under test. */
export interface ExecutorsUnderTest {
  readonly name: string;
  /** Called for each test; the subject is closed at the test's end. */
  create(): ExecutorsSubject | Promise<ExecutorsSubject>;
  readonly capabilities: ExecutorsCapabilities;
}
