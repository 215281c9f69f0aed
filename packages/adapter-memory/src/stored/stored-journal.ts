import type { JournalEntry, JournalEvent, JournalPage } from '@stateful-route/core';
import { JOURNAL_LIMIT, type ReadJournalOptions } from '@stateful-route/core/adapter';

const DEFAULT_LIMIT = 100;

/** What happened to one service. The ids are as a Redis stream's: they grow even if the clock steps back. */
export class StoredJournal {
  #entries: JournalEntry[] = [];
  #last = { ms: 0, number: 0 };

  write(storeTime: number, event: JournalEvent): void {
    const { ms, number } = this.#last;
    this.#last = storeTime > ms ? { ms: storeTime, number: 0 } : { ms, number: number + 1 };
    const id = `${this.#last.ms}-${this.#last.number}`;
    // Through JSON, as from a server: a copy of plain data without undefined fields.
    const entry = JSON.parse(JSON.stringify({ ...event, id, at: this.#last.ms })) as JournalEntry;
    this.#entries.push(Object.freeze(entry));
    if (this.#entries.length > JOURNAL_LIMIT) this.#entries.shift();
  }

  read({ after, podId, uid, types, limit = DEFAULT_LIMIT }: ReadJournalOptions): JournalPage {
    const later = after === undefined ? this.#entries : this.#entries.filter(({ id }) => isAfter(id, after));
    const found = later.filter(
      (entry) =>
        (podId === undefined || entry.podId === podId) &&
        (uid === undefined || ('uid' in entry && entry.uid === uid)) &&
        (types === undefined || types.includes(entry.type)),
    );
    const entries = after === undefined ? found.slice(-limit) : found.slice(0, limit);
    const isCut = after !== undefined && found.length > limit;
    const last = isCut ? entries.at(-1) : later.at(-1);
    return { entries, after: last?.id ?? after ?? '0-0' };
  }

  clear(): void {
    this.#entries = [];
  }
}

function isAfter(id: string, after: string): boolean {
  const [ms = 0, number = 0] = id.split('-').map(Number);
  const [afterMs = 0, afterNumber = 0] = after.split('-').map(Number);
  return ms > afterMs || (ms === afterMs && number > afterNumber);
}
