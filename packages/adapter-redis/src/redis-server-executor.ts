import type { CallOptions } from '@stateful-route/core';
import {
  type PodIntent,
  type ServerExecutor,
  type SetPodIntentOptions,
  type StoredIntent,
  storedIntent,
} from '@stateful-route/core/adapter';
import { eventsChannel, intentKey, servicesKey, stateInfoKey, tagKey } from './keys.ts';
import { registerService } from './scripts/register-service.ts';
import { removeTag } from './scripts/remove-tag.ts';
import { isPodId, list, pairs, text } from './stored/replies.ts';
import { setPodIntent } from './scripts/set-pod-intent.ts';
import { setTag } from './scripts/set-tag.ts';
import type { StoreCalls } from './calls/store-calls.ts';

/** Tags, the list of services and intents in Redis. The arguments have been checked. */
export class RedisServerExecutor implements ServerExecutor {
  readonly #calls: StoreCalls;

  constructor(calls: StoreCalls) {
    this.#calls = calls;
  }

  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined> {
    const key = tagKey(namespace, tag);
    return this.#calls.command({ name: 'getServiceNameByTag', options }, key, async (client) => {
      return (await client.get(key)) ?? undefined;
    });
  }

  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#calls.run(
      setTag,
      { tag: tagKey(namespace, tag) },
      { serviceName },
      { name: 'setGlobalServiceNameTag', options },
    );
  }

  removeServiceNameTag(namespace: string, tag: string, options?: CallOptions): Promise<boolean> {
    return this.#calls.run(
      removeTag,
      { tag: tagKey(namespace, tag) },
      {},
      { name: 'removeServiceNameTag', options },
    );
  }

  async registerService(namespace: string, serviceName: string, options?: CallOptions): Promise<void> {
    await this.#calls.run(
      registerService,
      { services: servicesKey(namespace) },
      { serviceName },
      { name: 'registerService', options },
    );
  }

  listServices(namespace: string, options?: CallOptions): Promise<string[]> {
    const key = servicesKey(namespace);
    return this.#calls.command({ name: 'listServices', options }, key, async (client) => {
      const names = list(await client.hkeys(key));
      return names.map(text).toSorted();
    });
  }

  async setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    options?: SetPodIntentOptions,
  ): Promise<void> {
    const rate = intent === 'drain' ? options?.ratePerSecond : undefined;
    await this.#calls.run(
      setPodIntent,
      { intents: intentKey(namespace, serviceName), info: stateInfoKey(namespace, serviceName) },
      { channel: eventsChannel(namespace, serviceName), podId, intent, rate },
      { name: 'setPodIntent', options },
    );
  }

  getPodIntents(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, StoredIntent>> {
    const key = intentKey(namespace, serviceName);
    return this.#calls.command({ name: 'getPodIntents', options }, key, async (client) => {
      const stored = new Map(pairs(await client.hgetall(key)));
      const ordinals = [...stored.keys()]
        .filter(isPodId)
        .map(Number)
        .toSorted((a, b) => a - b);
      return new Map(
        ordinals.map((podId) => [podId, storedIntent(stored.get(`${podId}`), stored.get(`${podId}:rate`))]),
      );
    });
  }
}
