import type { CancelTimer, Clock } from '@stateful-route/core';
import type { JournalWriter } from '../store/journal-writer.ts';

/** The take-overs of one dead pod within this time, in ms, are one entry of the journal. */
const TOGETHER_MS = 3_000;

interface OpenEntry {
  readonly namespace: string;
  readonly serviceName: string;
  readonly podId: number;
  readonly cancelTimer: CancelTimer;
  users: number;
}

/** Counts the users whom this caller takes over from dead pods, and writes the counts to the services' journals. */
export class TakeOvers {
  readonly #clock: Clock;
  readonly #journal: JournalWriter;
  readonly #open = new Map<string, OpenEntry>();

  constructor(clock: Clock, journal: JournalWriter) {
    this.#clock = clock;
    this.#journal = journal;
  }

  /** A user of the dead pod was taken over. */
  note(namespace: string, serviceName: string, podId: number): void {
    const key = `${namespace}/${serviceName}/${podId}`;
    const open = this.#open.get(key);
    if (open) {
      open.users += 1;
      return;
    }
    const cancelTimer = this.#clock.setTimeout(() => this.#write(key), TOGETHER_MS);
    this.#open.set(key, { namespace, serviceName, podId, cancelTimer, users: 1 });
  }

  /** Writes what was counted so far; resolves when that has ended. */
  async flush(): Promise<void> {
    for (const key of this.#open.keys()) this.#write(key);
    await this.#journal.settled();
  }

  #write(key: string): void {
    const { namespace, serviceName, podId, users, cancelTimer } = this.#open.get(key)!;
    cancelTimer();
    this.#open.delete(key);
    this.#journal.write(namespace, serviceName, { type: 'take-overs', podId, users });
  }
}
