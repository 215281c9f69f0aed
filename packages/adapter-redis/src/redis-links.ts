import type {
  CallOptions,
  Link,
  Pin,
  PlacementResult,
  RemoveLinkedPodOptions,
  RemoveLinkedPodWithIdOptions,
  TrySetResult,
} from '@stateful-route/core';
import type {
  BatchGetLinkOptions,
  ByOptions,
  ClaimOwnerOptions,
  LinkReading,
  PlaceOptions,
  ReplaceLinkedPodOptions,
  ReplaceResult,
  SetLinkedPodOptions,
  SetLinkedPodResult,
  TrySetLinkedPodOptions,
} from '@stateful-route/core/adapter';
import { undamaged, valuesByName } from './calls/batch-replies.ts';
import { fencedError } from './calls/errors.ts';
import type { Operation } from './calls/operation.ts';
import { linkKey, linkKeys, linksKey, podChannel, readLinkKeys, tokenKey } from './keys.ts';
import { RedisRosters } from './redis-rosters.ts';
import { endQuarantine } from './scripts/end-quarantine.ts';
import { getLinkedPod } from './scripts/get-linked-pod.ts';
import { getLink } from './scripts/get-link.ts';
import { removeLinkedPod } from './scripts/remove-linked-pod.ts';
import { replaceLinkedPod } from './scripts/replace-linked-pod.ts';
import { linkOf, pairs, podId as toPodId } from './stored/replies.ts';
import { encodedName, letterOf } from './stored/reason.ts';
import { setLinkedPodIfAbsent } from './scripts/set-linked-pod-if-absent.ts';
import { setPin } from './scripts/set-pin.ts';
import { setLinkedPod } from './scripts/set-linked-pod.ts';
import { trySetLinkedPod } from './scripts/try-set-linked-pod.ts';

const NO_ARGS = {};

/** The stateful executor's operations on links. */
export class RedisLinks extends RedisRosters {
  setLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: SetLinkedPodOptions,
  ): Promise<SetLinkedPodResult> {
    const channel = podChannel(namespace, serviceName, '');
    return this.calls.one(
      namespace,
      setLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, persistSeconds, ...owner(options), channel, uid, by: encodedName(options?.by) },
      { name: 'setLinkedPod', options },
    );
  }

  async trySetLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: TrySetLinkedPodOptions,
  ): Promise<TrySetResult> {
    const { incarnation = '', leaseMs, minToken = 0, assertToken, despitePin } = options ?? {};
    // Spelled out, as each first claim passes here: a spread costs several times as much.
    const tried = await this.calls.one(
      namespace,
      trySetLinkedPod,
      linkKeys(namespace, uid, serviceName),
      {
        serviceName,
        podId,
        persistSeconds,
        incarnation,
        leaseMs: wholeMs(leaseMs),
        minToken,
        assertToken,
        condition: conditionOf(options),
        despitePin,
      },
      { name: 'trySetLinkedPod', options },
    );
    if (!('met' in tried)) return tried;
    throw fencedError('The claim', { namespace, serviceName, podId, incarnation, met: tried.met });
  }

  setLinkedPodIfAbsent(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number,
    persistSeconds: number,
    options?: PlaceOptions,
  ): Promise<PlacementResult> {
    return this.calls.one(
      namespace,
      setLinkedPodIfAbsent,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, persistSeconds, despitePin: options?.despitePin },
      { name: 'setLinkedPodIfAbsent', options },
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
    return this.calls.one(
      namespace,
      replaceLinkedPod,
      linkKeys(namespace, uid, serviceName),
      {
        serviceName,
        from,
        to,
        persistSeconds,
        onlyIfTemporary,
        ifToken,
        why: letterOf(options?.why),
        by: encodedName(options?.by),
        unservedMs: options?.unservedMs,
        despitePin: options?.despitePin,
        diedAt: options?.ownerDiedAt,
        othersFell: options?.othersFell,
        poison: options?.poison,
      },
      { name: 'replaceLinkedPod', options },
    );
  }

  getLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const link = linkKey(namespace, uid, serviceName);
    return this.calls.one(namespace, getLinkedPod, { link }, NO_ARGS, { name: 'getLinkedPod', options });
  }

  async getLinkedPodIfPersist(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<number | undefined> {
    const link = await this.#link(namespace, uid, serviceName, {
      name: 'getLinkedPodIfPersist',
      options,
    });
    return link.permanent ? link.podId : undefined;
  }

  getLink(namespace: string, uid: string, serviceName: string, options?: CallOptions): Promise<LinkReading> {
    return this.#link(namespace, uid, serviceName, { name: 'getLink', options });
  }

  async batchGetLinkedPod(
    namespace: string,
    uids: readonly string[],
    serviceName: string,
    options?: CallOptions,
  ): Promise<Map<number, string[]>> {
    const keys = uids.map((uid) => ({ link: linkKey(namespace, uid, serviceName) }));
    const read = { name: 'batchGetLinkedPod', options } as const;
    const pods = await this.calls.many(namespace, getLinkedPod, keys, NO_ARGS, read);
    const byPod = new Map<number, string[]>();
    for (const [at, podId] of undamaged(uids, pods, read).entries()) {
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
    options?: BatchGetLinkOptions,
  ): Promise<Map<string, Link>> {
    const keys = uids.map((uid) => readLinkKeys(namespace, uid, serviceName));
    const read = { name: 'batchGetLink', options } as const;
    const readings = await this.calls.many(
      namespace,
      getLink,
      keys,
      { serviceName, withPin: options?.pins ?? false },
      read,
    );
    return valuesByName(uids, undamaged(uids, readings, read).map(linkOf));
  }

  removeLinkedPod(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: RemoveLinkedPodOptions,
  ): Promise<boolean> {
    const keepSeconds = Math.max(0, options?.keepSeconds ?? 0);
    const channel = podChannel(namespace, serviceName, '');
    return this.calls.one(
      namespace,
      removeLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId: undefined, token: undefined, onlyIfTemporary: false, keepSeconds, channel, uid },
      { name: 'removeLinkedPod', options },
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
    const channel = podChannel(namespace, serviceName, '');
    const { token, onlyIfTemporary = false } = options ?? {};
    return this.calls.one(
      namespace,
      removeLinkedPod,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, token, onlyIfTemporary, keepSeconds, channel, uid },
      { name: 'removeLinkedPodWithId', options },
    );
  }

  endQuarantine(
    namespace: string,
    uid: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<boolean> {
    const token = tokenKey(namespace, uid);
    return this.calls.one(
      namespace,
      endQuarantine,
      { token },
      { serviceName },
      { name: 'endQuarantine', options },
    );
  }

  setPin(
    namespace: string,
    uid: string,
    serviceName: string,
    podId: number | undefined,
    options?: ByOptions,
  ): Promise<Pin | undefined> {
    return this.calls.one(
      namespace,
      setPin,
      linkKeys(namespace, uid, serviceName),
      { serviceName, podId, by: encodedName(options?.by) },
      { name: 'setPin', options },
    );
  }

  getLinkService(namespace: string, uid: string, options?: CallOptions): Promise<Map<string, number>> {
    const links = linksKey(namespace, uid);
    return this.calls.command({ name: 'getLinkService', options }, links, async (client) => {
      const claims = pairs(await client.hgetall(links));
      return new Map(claims.map(([serviceName, pod]) => [serviceName, toPodId(pod)]));
    });
  }

  #link(namespace: string, uid: string, serviceName: string, read: Operation): Promise<LinkReading> {
    return this.calls.one(
      namespace,
      getLink,
      readLinkKeys(namespace, uid, serviceName),
      { serviceName, withPin: read.name === 'getLink' },
      read,
    );
  }
}

/** The owner of a claim, as arguments of a script. */
function owner({ incarnation, leaseMs, minToken = 0 }: ClaimOwnerOptions = {}): {
  readonly incarnation: string | undefined;
  readonly leaseMs: number | undefined;
  readonly minToken: number;
} {
  return { incarnation, leaseMs: wholeMs(leaseMs), minToken };
}

function wholeMs(leaseMs: number | undefined): number | undefined {
  return leaseMs && Math.min(Math.ceil(leaseMs), Number.MAX_SAFE_INTEGER);
}

function conditionOf({ onlyIfNamed, onlyIfClaimed }: TrySetLinkedPodOptions = {}): string | undefined {
  if (onlyIfClaimed) return 'claimed';
  return onlyIfNamed ? 'named' : undefined;
}
