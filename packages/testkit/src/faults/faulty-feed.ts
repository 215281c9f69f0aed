import type { CallOptions } from '@stateful-route/core';
import type { FeedListener, PodFeedListener, StateFeed, Unsubscribe } from '@stateful-route/core/adapter';

interface Missed {
  readonly type: 'missed';
}

/** A feed whose events can be lost, those of services and of pods. */
export class FaultyFeed implements StateFeed {
  readonly #inner: StateFeed;
  readonly #listeners = new Set<(event: Missed) => void>();
  #dropped = 0;
  #cuts = 0;

  constructor(inner: StateFeed) {
    this.#inner = inner;
  }

  subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    return this.#hear(listener, (hear) => this.#inner.subscribe(namespace, serviceName, hear, options));
  }

  subscribePod(
    namespace: string,
    serviceName: string,
    podId: number,
    listener: PodFeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    return this.#hear(listener, (hear) =>
      this.#inner.subscribePod(namespace, serviceName, podId, hear, options),
    );
  }

  async #hear<Event>(
    listener: (event: Event | Missed) => void,
    subscribe: (listener: (event: Event | Missed) => void) => Promise<Unsubscribe>,
  ): Promise<Unsubscribe> {
    // One listener per subscription, as a function may be subscribed twice.
    const own = (event: Event | Missed): void => listener(event);
    const hear = (event: Event | Missed): void => {
      if (this.#cuts > 0) return;
      if (this.#dropped > 0) this.#dropped -= 1;
      else own(event);
    };
    // The inner feed refuses a listener that is not a function.
    const stop = await subscribe(typeof listener === 'function' ? hear : listener);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      return stop();
    };
  }

  /** Drops the next deliveries. */
  drop(times: number): void {
    this.#dropped += times;
  }

  /** Drops all deliveries until the returned function is called, which notifies every subscriber. */
  cut(): () => void {
    this.#cuts += 1;
    let isCut = true;
    return () => {
      if (!isCut) return;
      isCut = false;
      this.#cuts = Math.max(0, this.#cuts - 1);
      if (this.#cuts === 0) for (const listener of this.#listeners) listener({ type: 'missed' });
    };
  }

  reset(): void {
    this.#dropped = 0;
    this.#cuts = 0;
  }
}
