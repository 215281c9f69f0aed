import type { FeedEvent, FeedListener, StateFeed, Unsubscribe } from '@stateful-route/core';
import { keyOf } from './key-of.ts';

interface Subscription {
  readonly listener: FeedListener;
  open: boolean;
}

/** Push within one process. It never loses an event, so it never says `missed`. */
export class MemoryStateFeed implements StateFeed {
  readonly #subscriptions = new Map<string, Set<Subscription>>();

  async subscribe(namespace: string, serviceName: string, listener: FeedListener): Promise<Unsubscribe> {
    const key = keyOf(namespace, serviceName);
    const subscription: Subscription = { listener, open: true };
    const others = this.#subscriptions.get(key);
    if (others) others.add(subscription);
    else this.#subscriptions.set(key, new Set([subscription]));
    return async () => {
      subscription.open = false;
      const left = this.#subscriptions.get(key);
      left?.delete(subscription);
      if (left?.size === 0) this.#subscriptions.delete(key);
    };
  }

  /**
   * Tells the subscribers of now, after the change that it is about has returned. Each is told in a microtask of its
   * own: one that throws hurts neither the writer nor the others.
   */
  publish(namespace: string, serviceName: string, event: FeedEvent): void {
    Object.freeze(event);
    for (const subscription of this.#subscriptions.get(keyOf(namespace, serviceName)) ?? []) {
      queueMicrotask(() => {
        if (subscription.open) subscription.listener(event);
      });
    }
  }

  /** Ends every subscription. */
  close(): void {
    for (const subscriptions of this.#subscriptions.values()) {
      for (const subscription of subscriptions) subscription.open = false;
    }
    this.#subscriptions.clear();
  }
}
