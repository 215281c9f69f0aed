import type { JournalEntry } from '@stateful-route/core';
import type { Place } from '../read/service-reading.ts';

/** How many entries are remembered. */
const KEPT = 200;
/** As many as one call gives. */
const PAGE = 1_000;

/** The end of a service's journal. */
export class JournalTail {
  readonly #place: Place;
  readonly #serviceName: string;
  #entries: readonly JournalEntry[] = [];
  #after: string | undefined;

  constructor(place: Place, serviceName: string) {
    this.#place = place;
    this.#serviceName = serviceName;
  }

  /** The oldest first. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** The last entry so far. */
  get last(): string | undefined {
    return this.#entries.at(-1)?.id;
  }

  /** Entries behind the one that is named, or all if it is not remembered. */
  since(id: string | undefined): readonly JournalEntry[] {
    return this.#entries.slice(this.#entries.findIndex((entry) => entry.id === id) + 1);
  }

  /** Reads on, and returns what is new: nothing at first. One command. */
  async read(isLate: boolean): Promise<readonly JournalEntry[]> {
    const { executors, namespace } = this.#place;
    // Whoever has not read for long begins anew with the newest: what is between is not live any more.
    const after = isLate ? undefined : this.#after;
    const options = { after, limit: after === undefined ? KEPT : PAGE };
    const page = await executors.server.readJournal(namespace, this.#serviceName, options);
    const isFirst = this.#after === undefined;
    this.#after = page.after;
    const known = new Set(this.#entries.map(({ id }) => id));
    const fresh = page.entries.filter(({ id }) => !known.has(id));
    this.#entries = (after === undefined ? page.entries : [...this.#entries, ...fresh]).slice(-KEPT);
    return isFirst ? [] : fresh;
  }
}
