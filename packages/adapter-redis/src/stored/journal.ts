import type { JournalEntry, PodOrder } from '@stateful-route/core';
import { JOURNAL_TYPES, ORDER_KINDS } from '@stateful-route/core/adapter';
import { jsonObject, list, pairs, text } from './replies.ts';

/** An entry of a stream: its id, and its fields as `lua/include/journal.lua` names them. */
export interface StoredEntry {
  readonly id: string;
  readonly type: string;
  readonly podId: number | undefined;
  readonly uid: string | undefined;
  readonly by: string | undefined;
  readonly rest: string | undefined;
}

/** Reads the reply to XRANGE. */
export function storedEntries(reply: unknown): StoredEntry[] {
  return list(reply).map((entry) => {
    const [id, values] = list(entry);
    const fields = new Map(pairs(values));
    const pod = fields.get('p');
    return {
      id: text(id),
      type: fields.get('t') ?? '',
      podId: pod === undefined ? undefined : Number(pod),
      uid: fields.get('u'),
      by: fields.get('b'),
      rest: fields.get('d'),
    };
  });
}

/** The entry; `undefined` for a type that this release does not know. Throws if it cannot be read. */
export function journalEntry({ id, type, podId, uid, by, rest }: StoredEntry): JournalEntry | undefined {
  if (!(JOURNAL_TYPES as readonly string[]).includes(type)) return undefined;
  const fields = rest === undefined ? {} : jsonObject(rest);
  const named = { podId, uid, by };
  // The writers' arguments were checked, and the scripts add what the type says.
  return {
    ...fields,
    type,
    ...definedOf(named),
    id,
    at: Number(id.split('-')[0]),
  } as unknown as JournalEntry;
}

/** The orders of a heartbeat's reply. One of a kind that this release does not know is left out. */
export function podOrders(reply: unknown): PodOrder[] {
  const orders = list(reply).map((json) => jsonObject(json) as unknown as PodOrder);
  return orders.filter(({ kind }) => ORDER_KINDS.includes(kind));
}

function definedOf<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
