import type { JournalEntry, JournalType, PodOrder } from '@stateful-route/core';
import { JOURNAL_TYPES } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';
import { printable } from '../output/table.ts';
import { type NamedPod, serviceOf } from './target.ts';

const EVERY_MS = 500;
const PAGE = 1_000;
const TYPE_WIDTH = Math.max(...JOURNAL_TYPES.map(({ length }) => length));

/** Options of {@link events}. */
export interface EventsOptions {
  readonly follow: boolean;
  readonly types?: readonly JournalType[] | undefined;
  readonly pod?: NamedPod | undefined;
  readonly uid?: string | undefined;
  /** How many past entries are shown. */
  readonly limit: number;
}

/** Shows the journal of a service; with `follow` also what comes later. */
export async function events(
  context: Context,
  { follow, types, pod, uid, limit }: EventsOptions,
): Promise<void> {
  const { namespace, store, signal, streams, format } = context;
  const service = await serviceOf(context, pod?.serviceName);
  const filter = { types, podId: pod?.podId, uid, signal };
  let after: string | undefined;
  for (;;) {
    const options = { ...filter, after, limit: after === undefined ? limit : PAGE };
    const read = () => store.executors.server.readJournal(namespace, service, options);
    const page = after === undefined ? await read() : await patiently(context, read);
    for (const entry of page.entries) {
      streams.out.write(format === 'json' ? `${JSON.stringify(entry)}\n` : lineOf(context, service, entry));
    }
    if (!follow) return;
    // A full page has more behind it.
    if (after === undefined || page.entries.length < PAGE) await pause(EVERY_MS, context);
    ({ after = after } = page);
  }
}

/** An entry in a line: when, what, about whom, by whom, and the rest by name. */
function lineOf({ paint }: Context, service: string, entry: JournalEntry): string {
  const { id: _id, at, type, ...rest } = entry;
  const { podId, uid, by, order, ...fields } = rest as About;
  const about = [podId === undefined ? service : `${service}-${podId}`, uid].filter(
    (one) => one !== undefined,
  );
  // Its user and who gave it are those of the entry.
  const { uid: _uid, by: _by, until, ...terms } = order ?? {};
  const till = until === undefined ? undefined : new Date(until).toISOString();
  const words = Object.entries({ ...fields, ...terms, until: till }).flatMap(([name, value]) =>
    wordsOf(name, value),
  );
  const what = [about.join(' '), ...words, ...(by === undefined ? [] : [`by ${by}`])].join('  ');
  return `${paint('dim', new Date(at).toISOString())}  ${paint('bold', type.padEnd(TYPE_WIDTH))}  ${printable(what)}\n`;
}

/** Whom an entry is about, and who did it: fields that some types have. */
interface About {
  readonly podId?: number;
  readonly uid?: string;
  readonly by?: string;
  readonly order?: PodOrder & { readonly uid?: string };
}

function wordsOf(name: string, value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [`${name} ${value}`];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, each]) => wordsOf(inner, each));
}
