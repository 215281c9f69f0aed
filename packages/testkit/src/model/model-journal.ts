import type { JournalEntry, JournalEvent, JournalPage } from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

interface Written {
  readonly service: string;
  readonly event: JournalEvent;
  /** When the model saw it. */
  readonly from: number;
}

/** What happened to each service, in the simplest form: a list. Only the store knows an entry's id, and its exact time. */
export class ModelJournal {
  readonly #clock: ModelClock;
  readonly #written: Written[] = [];

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  write(service: string, event: JournalEvent): void {
    this.#written.push({ service, event, from: this.#clock.now });
  }

  /** The newest entries, with the ids and times of the reply where those are possible. */
  read(
    service: string,
    { podId, uid, limit }: { readonly podId?: number; readonly uid?: string; readonly limit: number },
    replied: JournalPage,
  ): readonly JournalEntry[] {
    const found = this.#written.filter(
      ({ service: of, event }) =>
        of === service &&
        (podId === undefined || event.podId === podId) &&
        (uid === undefined || ('uid' in event && event.uid === uid)),
    );
    const newest = found.slice(-limit);
    return newest.map(({ event, from }, at) => {
      const entry = replied.entries[at];
      return { ...event, id: entry?.id ?? 'none', at: this.#clock.timeSince(entry?.at, from) };
    });
  }
}
