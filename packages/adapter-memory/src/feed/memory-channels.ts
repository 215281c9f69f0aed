import type { Unsubscribe } from '@stateful-route/core/adapter';

interface Subscription<Event> {
  readonly listener: (event: Event) => void;
  open: boolean;
}

/** Channels by name, each with its subscribers. */
export class MemoryChannels<Event extends object> {
  readonly #channels = new Map<string, Set<Subscription<Event>>>();

  subscribe(name: string, listener: (event: Event) => void): Unsubscribe {
    const subscription: Subscription<Event> = { listener, open: true };
    const others = this.#channels.get(name);
    if (others) others.add(subscription);
    else this.#channels.set(name, new Set([subscription]));
    return async () => {
      subscription.open = false;
      const left = this.#channels.get(name);
      left?.delete(subscription);
      if (left?.size === 0) this.#channels.delete(name);
    };
  }

  /**
   * Calls the present subscribers after the publishing call has returned. Each is called in a microtask of its own: one that
   * throws affects neither the writer nor the others.
   */
  publish(name: string, event: Event): void {
    Object.freeze(event);
    for (const subscription of this.#channels.get(name) ?? []) {
      queueMicrotask(() => {
        if (subscription.open) subscription.listener(event);
      });
    }
  }

  publishToAll(event: Event): void {
    for (const name of this.#channels.keys()) this.publish(name, event);
  }

  /** Ends every subscription. */
  close(): void {
    for (const subscriptions of this.#channels.values()) {
      for (const subscription of subscriptions) subscription.open = false;
    }
    this.#channels.clear();
  }
}
