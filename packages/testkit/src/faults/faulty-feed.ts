import type { CallOptions, FeedEvent, FeedListener, StateFeed, Unsubscribe } from '@stateful-route/core';

/** A feed whose events can be lost on their way. */
export class FaultyFeed implements StateFeed {
  readonly #inner: StateFeed;
  readonly #listeners = new Set<FeedListener>();
  #dropped = 0;
  #cuts = 0;

  constructor(inner: StateFeed) {
    this.#inner = inner;
  }

  async subscribe(
    namespace: string,
    serviceName: string,
    listener: FeedListener,
    options?: CallOptions,
  ): Promise<Unsubscribe> {
    // a listener of its own for each subscription, as one function may be subscribed twice
    const own: FeedListener = (event) => listener(event);
    const hear = (event: FeedEvent): void => {
      if (this.#cuts > 0) return;
      if (this.#dropped > 0) this.#dropped -= 1;
      else own(event);
    };
    // what is no function is the inner feed's to refuse
    const stop = await this.#inner.subscribe(
      namespace,
      serviceName,
      typeof listener === 'function' ? hear : listener,
      options,
    );
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
