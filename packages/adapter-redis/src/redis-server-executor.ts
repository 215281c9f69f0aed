import type { CallOptions, PodIntent, ServerExecutor } from '@stateful-route/core';
import { eventsChannel, intentKey, servicesKey, stateInfoKey, tagKey } from './keys.ts';
import { list, text } from './scripts/replies.ts';
import { setPodIntent } from './scripts/set-pod-intent.ts';
import { storeCall as call } from './store-call.ts';
import type { StoreClient } from './store-client.ts';

/** Tags, the list of services and intents in Redis. Arguments come checked. */
export class RedisServerExecutor implements ServerExecutor {
  readonly #store: StoreClient;

  constructor(store: StoreClient) {
    this.#store = store;
  }

  getServiceNameByTag(namespace: string, tag: string, options?: CallOptions): Promise<string | undefined> {
    return this.#store.send(call('getServiceNameByTag', 'read', options), async (client) => {
      return (await client.get(tagKey(namespace, tag))) ?? undefined;
    });
  }

  setGlobalServiceNameTag(
    namespace: string,
    tag: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#store.send(call('setGlobalServiceNameTag', 'repeatable', options), async (client) => {
      const before = await client.set(tagKey(namespace, tag), serviceName, 'GET');
      return before !== serviceName;
    });
  }

  removeServiceNameTag(namespace: string, tag: string, options?: CallOptions): Promise<boolean> {
    return this.#store.send(call('removeServiceNameTag', 'repeatable', options), async (client) => {
      // Not DEL, which would take a key of any type.
      return (await client.getdel(tagKey(namespace, tag))) !== null;
    });
  }

  async registerService(namespace: string, serviceName: string, options?: CallOptions): Promise<void> {
    await this.#store.send(call('registerService', 'repeatable', options), (client) =>
      client.hset(servicesKey(namespace), serviceName, 1),
    );
  }

  listServices(namespace: string, options?: CallOptions): Promise<string[]> {
    return this.#store.send(call('listServices', 'read', options), async (client) => {
      const names = list(await client.hkeys(servicesKey(namespace)));
      return names.map(text).toSorted();
    });
  }

  async setPodIntent(
    namespace: string,
    serviceName: string,
    podId: number,
    intent: PodIntent,
    options?: CallOptions,
  ): Promise<void> {
    await this.#store.run(
      setPodIntent,
      { intents: intentKey(namespace, serviceName), info: stateInfoKey(namespace, serviceName) },
      { channel: eventsChannel(namespace, serviceName), podId, intent },
      call('setPodIntent', 'repeatable', options),
    );
  }
}
