import {
  type Link,
  type LinkInForce,
  PERSIST_FOREVER,
  type RemoveLinkedPodOptions,
  type RemoveLinkedPodWithIdOptions,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type StatefulExecutor,
  type TrySetLinkedPodOptions,
  type TrySetResult,
} from '@stateful-route/core';
import type { MemoryLinks } from './memory-links.ts';
import type { MemoryStore } from './memory-store.ts';

type LinkMethods = Exclude<
  keyof StatefulExecutor,
  `${string}ServiceState` | `${string}WorkloadState${string}`
>;

/** The half of the port that is about links. */
export class MemoryLinkExecutor implements Pick<StatefulExecutor, LinkMethods> {
  readonly #links: MemoryLinks;
  readonly #now: () => number;

  constructor(store: MemoryStore) {
    this.#links = store.links;
    this.#now = () => store.now();
  }

  async setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
  ): Promise<number | undefined> {
    const link = this.#links.get(namespace, uid, serviceName);
    if (persistSeconds === PERSIST_FOREVER) this.#claim(namespace, uid, serviceName, podId);
    else this.#links.setTemporary(namespace, uid, serviceName, podId, persistSeconds * 1_000);
    return link?.podId;
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    { incarnation, minToken = 0, assertToken }: TrySetLinkedPodOptions = {},
  ): Promise<TrySetResult> {
    const link = this.#links.get(namespace, uid, serviceName);
    const previous = link?.podId;
    const refusal = { linked: false, podId: previous, previous, token: link?.token };
    const isOthers = link !== undefined && link.podId !== podId;
    if (isOthers && link.permanent) return refusal;
    if (persistSeconds !== PERSIST_FOREVER) {
      this.#links.setTemporary(namespace, uid, serviceName, podId, persistSeconds * 1_000);
      return { linked: true, podId, previous };
    }
    if (assertToken !== undefined) {
      const kept = this.#links.keptToken(namespace, uid, serviceName);
      if (isOthers || kept > assertToken) return refusal;
      this.#links.setClaim(namespace, uid, serviceName, podId, assertToken, incarnation);
      return { linked: true, podId, previous, token: assertToken };
    }
    const isOwn = link?.permanent === true && link.incarnation === incarnation;
    if (isOwn && link.token! >= minToken) return { linked: true, podId, previous, token: link.token };
    const { token } = this.#claim(namespace, uid, serviceName, podId, incarnation, minToken);
    return { linked: true, podId, previous, token };
  }

  async setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
  ): Promise<LinkInForce> {
    const link = this.#links.get(namespace, uid, serviceName);
    const forever = persistSeconds === PERSIST_FOREVER;
    if (link && (link.permanent || (forever && link.podId !== podId))) return { ...link, created: false };
    const created = link === undefined;
    if (forever) return { ...this.#claim(namespace, uid, serviceName, podId), created };
    const ttlMs = Math.max(link?.ttlMs ?? 0, persistSeconds * 1_000);
    const made = this.#links.setTemporary(namespace, uid, serviceName, link?.podId ?? podId, ttlMs);
    return { ...made, created };
  }

  async replaceLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    from: number,
    to: number,
    persistSeconds: number,
    { onlyIfTemporary = false, ifToken }: ReplaceLinkedPodOptions = {},
  ): Promise<ReplaceResult> {
    const link = this.#links.get(namespace, uid, serviceName);
    if (!link) return { linked: false, podId: undefined };
    if (link.podId === to) return { linked: true, podId: to };
    // every claim has a token here, so that `null` names none
    const mayReplace = !link.permanent || (!onlyIfTemporary && link.token === ifToken);
    if (link.podId !== from || !mayReplace) return { linked: false, podId: link.podId };
    this.#links.setTemporary(namespace, uid, serviceName, to, persistSeconds * 1_000);
    return { linked: true, podId: to };
  }

  async getLinkedPod(namespace: string, uid: string, serviceName: string): Promise<number | undefined> {
    return this.#links.get(namespace, uid, serviceName)?.podId;
  }

  async getLinkedPodIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
  ): Promise<number | undefined> {
    return this.#links.claims(namespace, uid).get(serviceName);
  }

  async getLink(namespace: string, uid: string, serviceName: string): Promise<Link | undefined> {
    return this.#links.get(namespace, uid, serviceName);
  }

  async batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
  ): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for (const uid of uids) {
      const link = this.#links.get(namespace, uid, serviceName);
      if (!link) continue;
      const together = found.get(link.podId);
      if (together) together.push(uid);
      else found.set(link.podId, [uid]);
    }
    return found;
  }

  async batchGetLink(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
  ): Promise<Map<string, Link>> {
    const found = new Map<string, Link>();
    for (const uid of uids) {
      const link = this.#links.get(namespace, uid, serviceName);
      if (link) found.set(uid, link);
    }
    return found;
  }

  async removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    { keepSeconds = 0 }: RemoveLinkedPodOptions = {},
  ): Promise<boolean> {
    const link = this.#links.get(namespace, uid, serviceName);
    if (!link) return false;
    if (keepSeconds > 0) {
      this.#links.setTemporary(namespace, uid, serviceName, link.podId, keepSeconds * 1_000);
    } else {
      this.#links.remove(namespace, uid, serviceName);
    }
    return true;
  }

  async removeLinkedPodWithId(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    { keepSeconds, token }: RemoveLinkedPodWithIdOptions = {},
  ): Promise<boolean> {
    const link = this.#links.get(namespace, uid, serviceName);
    if (link?.podId !== podId || (token !== undefined && link.token !== token)) return false;
    return this.removeLinkedPod(namespace, uid, serviceName, { keepSeconds });
  }

  async getLinkService(namespace: string, uid: string): Promise<Map<string, number>> {
    return this.#links.claims(namespace, uid);
  }

  /** Makes a claim with the next token: the time in µs, unless one as great was seen or asked for. */
  #claim(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    incarnation?: string,
    minToken = 0,
  ): Link {
    const kept = this.#links.keptToken(namespace, uid, serviceName);
    const token = Math.max(this.#now() * 1_000, kept + 1, minToken);
    return this.#links.setClaim(namespace, uid, serviceName, podId, token, incarnation);
  }
}
