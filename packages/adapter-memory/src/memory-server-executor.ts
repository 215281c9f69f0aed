import type {
  PodIntent,
  ServerExecutor,
  SetPodIntentOptions,
  StoredIntent,
} from '@stateful-route/core/adapter';
import { keyOf } from './stored/key-of.ts';
import type { MemoryStateFeed } from './feed/memory-state-feed.ts';
import type { MemoryStore } from './stored/memory-store.ts';

/** Tags, services and intents in memory. */
export class MemoryServerExecutor implements ServerExecutor {
  readonly #store: MemoryStore;
  readonly #feed: MemoryStateFeed;

  constructor(store: MemoryStore, feed: MemoryStateFeed) {
    this.#store = store;
    this.#feed = feed;
  }

  async getServiceNameByTag(namespace: string, tag: string): Promise<string | undefined> {
    return this.#store.tags.get(keyOf(namespace, tag));
  }

  async setGlobalServiceNameTag(namespace: string, tag: string, serviceName: string): Promise<boolean> {
    const key = keyOf(namespace, tag);
    if (this.#store.tags.get(key) === serviceName) return false;
    this.#store.tags.set(key, serviceName);
    return true;
  }

  async removeServiceNameTag(namespace: string, tag: string): Promise<boolean> {
    return this.#store.tags.delete(keyOf(namespace, tag));
  }

  async registerService(namespace: string, serviceName: string): Promise<void> {
    const { registered } = this.#store;
    registered.set(namespace, (registered.get(namespace) ?? new Set()).add(serviceName));
  }

  async listServices(namespace: string): Promise<string[]> {
    return [...(this.#store.registered.get(namespace) ?? [])].toSorted();
  }

  async setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    { ratePerSecond }: SetPodIntentOptions = {},
  ): Promise<void> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    service.intents.set(podId, intent);
    if (intent === 'drain' && ratePerSecond !== undefined) service.drainRates.set(podId, ratePerSecond);
    else service.drainRates.delete(podId);
    this.#feed.publish(namespace, serviceName, {
      type: 'intent',
      sequence: service.nextSequence(),
      storeTime: this.#store.now(),
      podId,
      intent,
    });
  }

  async getPodIntents(namespace: string, serviceName: string): Promise<Map<number, StoredIntent>> {
    const service = this.#store.service(namespace, serviceName);
    const ordinals = [...(service?.intents.keys() ?? [])].toSorted((a, b) => a - b);
    return new Map(ordinals.map((podId) => [podId, service!.intentOf(podId)]));
  }
}
