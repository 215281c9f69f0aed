import {
  type CallOptions,
  type Link,
  type LinkInForce,
  PERSIST_FOREVER,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type TrySetLinkedPodOptions,
  type TrySetResult,
} from '@stateful-route/core';
import { linkKey, linkKeys, linksKey, readLinkKeys } from './keys.ts';
import { knownByName } from './known-by-name.ts';
import { assertLinkedPod } from './scripts/assert-linked-pod.ts';
import { getLinkedPod } from './scripts/get-linked-pod.ts';
import { getLink } from './scripts/get-link.ts';
import { removeLinkedPod } from './scripts/remove-linked-pod.ts';
import { replaceLinkedPod } from './scripts/replace-linked-pod.ts';
import { pairs, podId as toPodId } from './scripts/replies.ts';
import { setLinkedPodIfAbsent } from './scripts/set-linked-pod-if-absent.ts';
import { setLinkedPod } from './scripts/set-linked-pod.ts';
import { trySetLinkedPod } from './scripts/try-set-linked-pod.ts';
import { type StoreCall, storeCall as call } from './store-call.ts';
import type { Coalescer } from './coalescer.ts';
import type { StoreClient } from './store-client.ts';

const NO_ARGS = {};

/** The half of the stateful executor that is about links. */
export class RedisLinks {
  protected readonly store: StoreClient;
  protected readonly coalescer: Coalescer;

  constructor(store: StoreClient, coalescer: Coalescer) {
    this.store = store;
    this.coalescer = coalescer;
  }

  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: CallOptions,
  ): Promise<number | undefined> {
    return this.coalescer.one(
      namespace,
      setLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, persistSeconds },
      call('setLinkedPod', 'once', options),
    );
  }

  trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: TrySetLinkedPodOptions,
  ): Promise<TrySetResult> {
    const { incarnation, minToken = 0, assertToken: token } = options ?? {};
    const keys = linkKeys(namespace, uid, serviceName);
    const attempt = call('trySetLinkedPod', 'repeatable', options);
    if (token !== undefined && persistSeconds === PERSIST_FOREVER) {
      return this.coalescer.one(
        namespace,
        assertLinkedPod,
        keys,
        { serviceName, podId, incarnation, token },
        attempt,
      );
    }
    const args = { serviceName, podId, persistSeconds, incarnation, minToken };
    return this.coalescer.one(namespace, trySetLinkedPod, keys, args, attempt);
  }

  setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: CallOptions,
  ): Promise<LinkInForce> {
    return this.coalescer.one(
      namespace,
      setLinkedPodIfAbsent,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, persistSeconds },
      call('setLinkedPodIfAbsent', 'repeatable', options),
    );
  }

  replaceLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    from: number,
    to: number,
    persistSeconds: number,
    options?: ReplaceLinkedPodOptions,
  ): Promise<ReplaceResult> {
    const onlyIfTemporary = options?.onlyIfTemporary ?? false;
    const ifToken = options?.ifToken === null ? 'none' : options?.ifToken;
    return this.coalescer.one(
      namespace,
      replaceLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, from, to, persistSeconds, onlyIfTemporary, ifToken },
      call('replaceLinkedPod', 'repeatable', options),
    );
  }

  getLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const link = linkKey(namespace, uid, serviceName);
    return this.coalescer.one(
      namespace,
      getLinkedPod,
      { link },
      NO_ARGS,
      call('getLinkedPod', 'read', options),
    );
  }

  async getLinkedPodIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const link = await this.#link(
      namespace,
      uid,
      serviceName,
      call('getLinkedPodIfPersist', 'read', options),
    );
    return link?.permanent ? link.podId : undefined;
  }

  getLink(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<Link | undefined> {
    return this.#link(namespace, uid, serviceName, call('getLink', 'read', options));
  }

  async batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>> {
    const keys = uids.map((uid) => ({ link: linkKey(namespace, uid, serviceName) }));
    const pods = await this.coalescer.many(
      namespace,
      getLinkedPod,
      keys,
      NO_ARGS,
      call('batchGetLinkedPod', 'read', options),
    );
    const byPod = new Map<number, string[]>();
    for (const [at, podId] of pods.entries()) {
      if (podId === undefined) continue;
      const linked = byPod.get(podId);
      if (linked) linked.push(uids[at]!);
      else byPod.set(podId, [uids[at]!]);
    }
    return byPod;
  }

  async batchGetLink(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<string, Link>> {
    const keys = uids.map((uid) => readLinkKeys(namespace, uid, serviceName));
    const links = await this.coalescer.many(
      namespace,
      getLink,
      keys,
      { serviceName },
      call('batchGetLink', 'read', options),
    );
    return knownByName(uids, links);
  }

  removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    const keepSeconds = Math.max(0, options?.keepSeconds ?? 0);
    return this.coalescer.one(
      namespace,
      removeLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId: undefined, token: undefined, keepSeconds },
      call('removeLinkedPod', 'once', options),
    );
  }

  removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    options?: RemoveLinkedPodWithIdOptions,
  ): Promise<boolean> {
    const keepSeconds = Math.max(0, options?.keepSeconds ?? 0);
    const token = options?.token;
    return this.coalescer.one(
      namespace,
      removeLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, token, keepSeconds },
      call('removeLinkedPodWithId', token === undefined ? 'once' : 'repeatable', options),
    );
  }

  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>> {
    const links = linksKey(namespace, uid);
    // Changes of the uid's links that were asked for before are not to be overtaken.
    this.coalescer.flush();
    return this.store.send(call('getLinkService', 'read', options), links, async (client) => {
      const claims = pairs(await client.hgetall(links));
      return new Map(claims.map(([serviceName, pod]) => [serviceName, toPodId(pod)]));
    });
  }

  #link(namespace: string, uid: string, serviceName: string, read: StoreCall): Promise<Link | undefined> {
    return this.coalescer.one(
      namespace,
      getLink,
      readLinkKeys(namespace, uid, serviceName),
      { serviceName },
      read,
    );
  }
}
