import {
  type Link,
  type LinkInForce,
  PERSIST_FOREVER,
  type RemoveLinkedPodWithIdOptions,
  type ReplaceLinkedPodOptions,
  type ReplaceResult,
  type TrySetLinkedPodOptions,
  type TrySetResult,
} from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

interface Named {
  readonly uid: string;
  readonly service: string;
}

interface Wanted extends Named {
  readonly podId: number;
  readonly seconds: number;
}

interface Moved extends Named, ReplaceLinkedPodOptions {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

interface ModelLink {
  readonly podId: number;
  /** When it ends; a claim never does. */
  readonly until: number;
  readonly token?: number | undefined;
  readonly incarnation?: string | undefined;
}

const WEEK_MS = 7 * 86_400_000;

/**
 * Links as the ports' contracts describe them, in the plainest form: one list of what is, and one of the tokens that
 * were. Each method says what the reply must be; what only the store can know, times and tokens made of them, it takes
 * from the reply when that is possible.
 */
export class ModelLinks {
  readonly #clock: ModelClock;
  #links: (Named & { readonly link: ModelLink })[] = [];
  #tokens: (Named & { readonly token: number })[] = [];
  readonly #forgetAt = new Map<string, number>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  /** The last token of a link; 0 where none is remembered. */
  lastToken(uid: string, service: string): number {
    if ((this.#forgetAt.get(uid) ?? Infinity) <= this.#clock.now) return 0;
    return this.#tokens.findLast((each) => each.uid === uid && each.service === service)?.token ?? 0;
  }

  get(uid: string, service: string, told?: Link): Link | undefined {
    const link = this.#find(uid, service);
    if (!link) return undefined;
    const { podId, until, token, incarnation } = link;
    if (until === Infinity) return { podId, permanent: true, token, incarnation };
    return { podId, permanent: false, ttlMs: this.#clock.left(told?.ttlMs, until - this.#clock.now) };
  }

  claims(uid: string): Map<string, number> {
    const own = this.#links.filter((each) => each.uid === uid && each.link.until === Infinity);
    return new Map(own.map(({ service, link }) => [service, link.podId]));
  }

  set({ uid, service, podId, seconds }: Wanted, token?: number): number | undefined {
    const before = this.#find(uid, service)?.podId;
    this.#put(uid, service, podId, seconds, token);
    return before;
  }

  setIfAbsent({ uid, service, podId, seconds }: Wanted, told?: LinkInForce): LinkInForce {
    const before = this.#find(uid, service);
    if (!before) this.#put(uid, service, podId, seconds, told?.token);
    else if (before.until < Infinity) {
      const until = this.#clock.now + seconds * 1_000;
      if (seconds === PERSIST_FOREVER && before.podId === podId)
        this.#put(uid, service, podId, seconds, told?.token);
      else if (until > before.until) this.#put(uid, service, before.podId, seconds);
    }
    return { ...this.get(uid, service, told)!, created: !before };
  }

  trySet(wanted: Wanted & TrySetLinkedPodOptions, told?: TrySetResult): TrySetResult {
    const { uid, service, podId, seconds, incarnation, minToken = 0, assertToken } = wanted;
    const before = this.#find(uid, service);
    const previous = before?.podId;
    const refused = { linked: false, podId: previous, previous, token: before?.token };
    if (before?.until === Infinity && before.podId !== podId) return refused;
    if (seconds !== PERSIST_FOREVER) {
      this.#put(uid, service, podId, seconds);
      return { linked: true, podId, previous, token: undefined };
    }
    if (assertToken !== undefined) {
      if ((before && before.podId !== podId) || this.lastToken(uid, service) > assertToken) return refused;
      this.#claim(uid, service, podId, assertToken, incarnation);
      return { linked: true, podId, previous, token: assertToken };
    }
    const own = before?.until === Infinity && before.incarnation === incarnation ? before.token : undefined;
    if (own === undefined || own < minToken) {
      const least = Math.max(this.lastToken(uid, service) + 1, minToken);
      this.#claim(uid, service, podId, this.#clock.token(told?.token, least), incarnation);
    }
    return { linked: true, podId, previous, token: this.#find(uid, service)?.token };
  }

  replace({ uid, service, from, to, seconds, onlyIfTemporary, ifToken }: Moved): ReplaceResult {
    const before = this.#find(uid, service);
    const isClaim = before?.until === Infinity;
    const stands = isClaim && (onlyIfTemporary || ifToken !== before.token);
    if (before?.podId === from && from !== to && !stands) this.#put(uid, service, to, seconds);
    const podId = this.#find(uid, service)?.podId;
    return { linked: podId === to, podId };
  }

  remove({ uid, service, keepSeconds = 0 }: Named & RemoveLinkedPodWithIdOptions): boolean {
    const before = this.#find(uid, service);
    if (!before) return false;
    if (keepSeconds > 0) this.#put(uid, service, before.podId, keepSeconds);
    else this.#drop(uid, service);
    return true;
  }

  removeWithId(named: Named & RemoveLinkedPodWithIdOptions & { readonly podId: number }): boolean {
    const { uid, service, podId, token } = named;
    const before = this.#find(uid, service);
    if (before?.podId !== podId || (token !== undefined && before.token !== token)) return false;
    return this.remove(named);
  }

  #find(uid: string, service: string): ModelLink | undefined {
    const found = this.#links.find((each) => each.uid === uid && each.service === service)?.link;
    return found && found.until > this.#clock.now ? found : undefined;
  }

  #put(uid: string, service: string, podId: number, seconds: number, told?: number): void {
    if (seconds === PERSIST_FOREVER) {
      this.#claim(uid, service, podId, this.#clock.token(told, this.lastToken(uid, service) + 1));
      return;
    }
    this.#drop(uid, service);
    this.#links.push({ uid, service, link: { podId, until: this.#clock.now + seconds * 1_000 } });
  }

  #claim(uid: string, service: string, podId: number, token: number, incarnation?: string): void {
    this.#drop(uid, service);
    if ((this.#forgetAt.get(uid) ?? Infinity) <= this.#clock.now) {
      this.#tokens = this.#tokens.filter((each) => each.uid !== uid);
    }
    this.#forgetAt.delete(uid);
    this.#links.push({ uid, service, link: { podId, until: Infinity, token, incarnation } });
    this.#tokens.push({ uid, service, token });
  }

  #drop(uid: string, service: string): void {
    const wasClaim = this.claims(uid).has(service);
    this.#links = this.#links.filter((each) => each.uid !== uid || each.service !== service);
    if (wasClaim && this.claims(uid).size === 0) this.#forgetAt.set(uid, this.#clock.now + WEEK_MS);
  }
}
