import type { HistoryEvent, Serve } from './events.ts';

/** Collects what happens in a run. Several recorders write into one history, if they share its clock. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;

  /** @param now - the monotonic clock of all times in it, ms; default this process's. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  add(event: HistoryEvent): void {
    this.events.push(event);
  }

  serve(serve: Omit<Serve, 'type' | 'at'> & { readonly at?: number | undefined }): void {
    this.add({ ...serve, type: 'serve', at: serve.at ?? this.now() });
  }

  /** The pod may serve from now on. */
  serving(podId: number): void {
    this.add({ type: 'serving', podId, at: this.now() });
  }

  /** The pod does not serve any more, whether it fenced itself, was stopped or died. */
  fenced(podId: number): void {
    this.add({ type: 'fenced', podId, at: this.now() });
  }

  /** Notes that the store may lose acknowledged writes while `fault` runs. */
  async losing<T>(fault: () => Promise<T>): Promise<T> {
    const start = this.now();
    try {
      return await fault();
    } finally {
      this.add({ type: 'loss', start, end: this.now() });
    }
  }
}
