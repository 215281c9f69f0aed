import type { CallOptions } from '@stateful-route/core';
import type { FeedListener, PodFeedListener, StateFeed, Unsubscribe } from '@stateful-route/core/adapter';

interface Missed {
  readonly type: 'missed';
}

/** A feed whose events can be lost on their way, those of services and of pods alike. */
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
    // a listener of its own for each subscription, as one function may be subscribed twice
    const own = (event: Event | Missed): void => listener(event);
    const hear = (event: Event | Missed): void => {
      if (this.#cuts > 0) return;
      if (this.#dropped > 0) this.#dropped -= 1;
      else own(event);
    };
    // what is no function is the inner feed's to refuse
    const stop = await subscribe(typeof listener === 'function' ? hear : listener);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      return stop();
    };
  }

  /** Loses the next deliveries. */
  drop(times: number): void {
    this.#dropped += times;
  }

  /** Loses all deliveries until the returned function is called, which then tells every subscriber. */
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
