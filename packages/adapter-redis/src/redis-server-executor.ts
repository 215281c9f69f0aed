import type { CallOptions } from '@stateful-route/core';
import type { JournalEntry, JournalPage, OrderReport, PodOrder, ReportedEvent } from '@stateful-route/core';
import {
  type ByOptions,
  type PodIntent,
  QUARANTINED_MAX,
  type ReadJournalOptions,
  type ServerExecutor,
  type SetPodIntentOptions,
  type StoredIntent,
  storedIntent,
  type TakeOrderOptions,
} from '@stateful-route/core/adapter';
import {
  callersKey,
  eventsChannel,
  intentKey,
  journalKey,
  orderKeys,
  podChannel,
  quarantinedKey,
  servicesKey,
  stateInfoKey,
  tagKey,
} from './keys.ts';
import { announceCaller } from './scripts/announce-caller.ts';
import { giveOrder } from './scripts/give-order.ts';
import { orderDone } from './scripts/order-done.ts';
import { quarantineUser } from './scripts/quarantine-user.ts';
import { registerService } from './scripts/register-service.ts';
import { removeTag } from './scripts/remove-tag.ts';
import { isPodId, list, pairs, text } from './stored/replies.ts';
import { setFrozen } from './scripts/set-frozen.ts';
import { setPodIntent } from './scripts/set-pod-intent.ts';
import { setTag } from './scripts/set-tag.ts';
import { takeOrder } from './scripts/take-order.ts';
import { unquarantineUser } from './scripts/unquarantine-user.ts';
import { writeJournal } from './scripts/write-journal.ts';
import type { RedisClient } from './client/redis-client.ts';
import { journalEntry, type StoredEntry, storedEntries } from './stored/journal.ts';
import { encodedName } from './stored/reason.ts';
import type { StoreCalls } from './calls/store-calls.ts';

/** How many entries of a journal one command reads. */
const JOURNAL_STEP = 1_000;

const DEFAULT_LIMIT = 100;

/** The id before every other. */
const FIRST_ID = '0-0';

/** Tags, the list of services, callers, intents, orders and journals in Redis. The arguments have been checked. */
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
      {
        intents: intentKey(namespace, serviceName),
        info: stateInfoKey(namespace, serviceName),
        journal: journalKey(namespace, serviceName),
      },
      { channel: eventsChannel(namespace, serviceName), podId, intent, rate, by: options?.by },
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

  setFrozen(namespace: string, serviceName: string, frozen: boolean, options?: ByOptions): Promise<boolean> {
    const by = options?.by;
    return this.#calls.run(
      setFrozen,
      { intents: intentKey(namespace, serviceName), journal: journalKey(namespace, serviceName) },
      { frozen, encodedBy: encodedName(by), by },
      { name: 'setFrozen', options },
    );
  }

  quarantineUser(
    namespace: string,
    serviceName: string,
    uid: string,
    ttlMs: number,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#calls.run(
      quarantineUser,
      quarantineKeys(namespace, serviceName),
      { uid, ttlMs, most: QUARANTINED_MAX },
      { name: 'quarantineUser', options },
    );
  }

  unquarantineUser(
    namespace: string,
    serviceName: string,
    uid: string,
    options?: ByOptions,
  ): Promise<boolean> {
    return this.#calls.run(
      unquarantineUser,
      quarantineKeys(namespace, serviceName),
      { uid, by: options?.by },
      { name: 'unquarantineUser', options },
    );
  }

  announceCaller(
    namespace: string,
    serviceName: string,
    callerId: string,
    ttlMs: number,
    options?: CallOptions,
  ): Promise<number> {
    return this.#calls.run(
      announceCaller,
      { callers: callersKey(namespace, serviceName) },
      { callerId, ttlMs },
      { name: 'announceCaller', options },
    );
  }

  giveOrder(
    namespace: string,
    serviceName: string,
    podId: number,
    order: PodOrder,
    options?: CallOptions,
  ): Promise<boolean> {
    const { id, until, by } = order;
    const uid = order.kind === 'move' ? order.uid : undefined;
    return this.#calls.run(
      giveOrder,
      orderKeys(namespace, serviceName, podId),
      {
        channel: podChannel(namespace, serviceName, podId),
        podId,
        id,
        until,
        uid,
        by,
        order: JSON.stringify(order),
      },
      { name: 'giveOrder', options },
    );
  }

  takeOrder(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    options: TakeOrderOptions,
  ): Promise<boolean> {
    return this.#calls.run(
      takeOrder,
      orderKeys(namespace, serviceName, podId),
      { podId, id: orderId, incarnation: options.incarnation },
      { name: 'takeOrder', options },
    );
  }

  orderDone(
    namespace: string,
    serviceName: string,
    podId: number,
    orderId: string,
    report: OrderReport,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.#calls.run(
      orderDone,
      orderKeys(namespace, serviceName, podId),
      { podId, id: orderId, report: JSON.stringify(report) },
      { name: 'orderDone', options },
    );
  }

  readJournal(
    namespace: string,
    serviceName: string,
    options: ReadJournalOptions = {},
  ): Promise<JournalPage> {
    const key = journalKey(namespace, serviceName);
    return this.#calls.command({ name: 'readJournal', options }, key, (client) =>
      readPage(client, key, options),
    );
  }

  async writeJournal(
    namespace: string,
    serviceName: string,
    event: ReportedEvent,
    options?: CallOptions,
  ): Promise<void> {
    const { type, podId, uid, by, ...rest } = { uid: undefined, by: undefined, ...event };
    await this.#calls.run(
      writeJournal,
      { journal: journalKey(namespace, serviceName) },
      { type, podId, uid, by, rest: JSON.stringify(rest) },
      { name: 'writeJournal', options },
    );
  }
}

function quarantineKeys(namespace: string, serviceName: string): Record<'quarantined' | 'journal', string> {
  return {
    quarantined: quarantinedKey(namespace, serviceName),
    journal: journalKey(namespace, serviceName),
  };
}

/** Reads steps of a journal until a page is full: from `after` on, or backwards from the newest entry. */
async function readPage(
  client: RedisClient,
  key: string,
  { after, podId, uid, types, limit = DEFAULT_LIMIT }: ReadJournalOptions,
): Promise<JournalPage> {
  const isWanted = (stored: StoredEntry): boolean =>
    (podId === undefined || stored.podId === podId) &&
    (uid === undefined || stored.uid === uid) &&
    (types === undefined || (types as readonly string[]).includes(stored.type));
  const found: JournalEntry[] = [];
  let last = after;
  let newest: string | undefined;
  for (let isMore = true; isMore;) {
    const from = last === undefined ? '+' : `(${last}`;
    const read = storedEntries(
      await (after === undefined
        ? client.xrevrange(key, from, '-', 'COUNT', JOURNAL_STEP)
        : client.xrange(key, from, '+', 'COUNT', JOURNAL_STEP)),
    );
    isMore = read.length === JOURNAL_STEP;
    for (const stored of read) {
      last = stored.id;
      newest ??= last;
      const entry = isWanted(stored) ? journalEntry(stored) : undefined;
      if (entry) found.push(entry);
      if (found.length === limit) break;
    }
    isMore &&= found.length < limit;
  }
  return after === undefined
    ? { entries: found.toReversed(), after: newest ?? FIRST_ID }
    : { entries: found, after: last ?? after };
}
