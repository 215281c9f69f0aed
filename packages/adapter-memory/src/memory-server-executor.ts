import type { JournalPage, OrderReport, PodOrder, ReportedEvent } from '@stateful-route/core';
import {
  type ByOptions,
  type PodIntent,
  QUARANTINED_MAX,
  type ReadJournalOptions,
  type ServerExecutor,
  type SetPodIntentOptions,
  type StoredIntent,
  type TakeOrderOptions,
} from '@stateful-route/core/adapter';
import { keyOf } from './stored/key-of.ts';
import type { MemoryStateFeed } from './feed/memory-state-feed.ts';
import type { MemoryStore } from './stored/memory-store.ts';

/** Tags, services, callers, intents, orders and journals in memory. */
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
    { ratePerSecond, by }: SetPodIntentOptions = {},
  ): Promise<void> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    const storeTime = this.#store.now();
    const rate = intent === 'drain' ? ratePerSecond : undefined;
    if (service.intents.get(podId) !== intent || service.drainRates.get(podId) !== rate) {
      service.journal.write(storeTime, { type: 'intent', podId, intent, ratePerSecond: rate, by });
    }
    service.intents.set(podId, intent);
    if (rate === undefined) service.drainRates.delete(podId);
    else service.drainRates.set(podId, rate);
    this.#feed.publish(namespace, serviceName, {
      type: 'intent',
      sequence: service.nextSequence(),
      storeTime,
      podId,
      intent,
    });
  }

  async getPodIntents(namespace: string, serviceName: string): Promise<Map<number, StoredIntent>> {
    const service = this.#store.service(namespace, serviceName);
    const ordinals = [...(service?.intents.keys() ?? [])].toSorted((a, b) => a - b);
    return new Map(ordinals.map((podId) => [podId, service!.intentOf(podId)]));
  }

  async setFrozen(
    namespace: string,
    serviceName: string,
    frozen: boolean,
    { by }: ByOptions = {},
  ): Promise<boolean> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    if ((service.frozen !== undefined) === frozen) return false;
    const at = this.#store.now();
    service.frozen = frozen ? { at, by } : undefined;
    service.journal.write(at, { type: frozen ? 'frozen' : 'unfrozen', by });
    return true;
  }

  async quarantineUser(namespace: string, serviceName: string, uid: string, ttlMs: number): Promise<boolean> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    const now = this.#store.now();
    const quarantined = service.quarantinedAt(now);
    if (quarantined.has(uid)) return true;
    if (quarantined.size >= QUARANTINED_MAX) return false;
    quarantined.set(uid, now + Math.ceil(ttlMs));
    service.journal.write(now, { type: 'quarantined', uid });
    return true;
  }

  async unquarantineUser(
    namespace: string,
    serviceName: string,
    uid: string,
    { by }: ByOptions = {},
  ): Promise<boolean> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    const now = this.#store.now();
    const was = service.quarantinedAt(now).delete(uid);
    if (was) service.journal.write(now, { type: 'unquarantined', uid, by });
    return was;
  }

  async announceCaller(
    namespace: string,
    serviceName: string,
    callerId: string,
    ttlMs: number,
  ): Promise<number> {
    const { callers } = this.#store.serviceToChange(namespace, serviceName);
    const now = this.#store.now();
    callers.set(callerId, now + ttlMs);
    for (const [id, until] of callers) if (until <= now) callers.delete(id);
    return callers.size;
  }

  async giveOrder(namespace: string, serviceName: string, podId: number, order: PodOrder): Promise<boolean> {
    const { orders } = this.#store.serviceToChange(namespace, serviceName);
    const { given, isNew } = orders.give(podId, order, this.#store.now());
    if (isNew) this.#feed.publishToPod(namespace, serviceName, podId, { type: 'order', id: order.id });
    return given;
  }

  async takeOrder(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    { incarnation }: TakeOrderOptions,
  ): Promise<boolean> {
    const orders = this.#store.service(namespace, serviceName)?.orders;
    return orders?.take(podId, orderId, incarnation, this.#store.now()) ?? false;
  }

  async orderDone(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    report: OrderReport,
  ): Promise<boolean> {
    const orders = this.#store.service(namespace, serviceName)?.orders;
    return orders?.done(podId, orderId, report, this.#store.now()) ?? false;
  }

  async readJournal(
    namespace: string,
    serviceName: string,
    options: ReadJournalOptions = {},
  ): Promise<JournalPage> {
    const journal = this.#store.service(namespace, serviceName)?.journal;
    return journal?.read(options) ?? { entries: [], after: options.after ?? '0-0' };
  }

  async writeJournal(namespace: string, serviceName: string, event: ReportedEvent): Promise<void> {
    const { journal } = this.#store.serviceToChange(namespace, serviceName);
    journal.write(this.#store.now(), event);
  }
}
