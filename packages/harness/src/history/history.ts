import type { HistoryEvent, Serve } from './events.ts';

/** The events of a run. Recorders that share its clock may share a history. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;

  /** @param now - the monotonic clock of all its times, in ms. Default: this process's. */
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

  /** The pod can serve from now on. */
  serving(podId: number): void {
    this.add({ type: 'serving', podId, at: this.now() });
  }

  /** The pod cannot serve any more: it was fenced, stopped or killed. */
  fenced(podId: number): void {
    this.add({ type: 'fenced', podId, at: this.now() });
  }

  /** Records that the store may lose acknowledged writes while `fault` runs. */
  async losing<T>(fault: () => Promise<T>): Promise<T> {
    const start = this.now();
    try {
      return await fault();
    } finally {
      this.add({ type: 'loss', start, end: this.now() });
    }
  }
}
