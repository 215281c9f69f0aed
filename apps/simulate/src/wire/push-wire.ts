import type { FeedEvent, PodFeedEvent, StateFeed, Unsubscribe } from '@stateful-route/core/adapter';
import type { ProcessClock } from '../time/process-clock.ts';

/** The store's pushes to one process: in order, delayed, and lost while the connection is down. */
export class PushWire {
  readonly #clock: ProcessClock;
  readonly #delayMs: () => number;
  readonly #missed = new Set<() => void>();
  readonly #ends = new Set<Unsubscribe>();
  #isDown = false;
  #connection = 0;

  constructor(clock: ProcessClock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** A feed whose events pass through this wire. */
  around(feed: StateFeed): StateFeed {
    return {
      subscribe: (namespace, serviceName, listener, options) =>
        this.#subscribe<FeedEvent>(listener, (late) => feed.subscribe(namespace, serviceName, late, options)),
      subscribePod: (namespace, serviceName, podId, listener, options) =>
        this.#subscribe<PodFeedEvent>(listener, (late) =>
          feed.subscribePod(namespace, serviceName, podId, late, options),
        ),
    };
  }

  /** The connection is lost. */
  stop(): void {
    this.#isDown = true;
    this.#connection += 1;
  }

  /** The connection is back: every subscriber gets `missed`. */
  resume(): void {
    this.#isDown = false;
    for (const push of this.#missed) push();
  }

  close(): void {
    for (const end of this.#ends) void end();
    this.#ends.clear();
    this.#missed.clear();
  }

  async #subscribe<Event>(
    listener: (event: Event | { readonly type: 'missed' }) => void,
    subscribe: (late: (event: Event | { readonly type: 'missed' }) => void) => Promise<Unsubscribe>,
  ): Promise<Unsubscribe> {
    let earliest = 0;
    let isOpen = true;
    const late = (event: Event | { readonly type: 'missed' }): void => {
      if (this.#isDown || !isOpen) return;
      const connection = this.#connection;
      const now = this.#clock.monotonic();
      earliest = Math.max(earliest, now + this.#delayMs());
      this.#clock.deliver(() => {
        if (isOpen && connection === this.#connection) listener(event);
      }, earliest - now);
    };
    const missed = (): void => {
      late({ type: 'missed' });
    };
    const unsubscribe = await subscribe(late);
    this.#ends.add(unsubscribe);
    this.#missed.add(missed);
    return async () => {
      isOpen = false;
      this.#missed.delete(missed);
      this.#ends.delete(unsubscribe);
      await unsubscribe();
    };
  }
}
