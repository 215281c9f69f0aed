import type { Clock } from '@stateful-route/core';

/** An answer that ends only when somebody ends it. */
interface EventStream {
  cut(): void;
}

/** Streams of events. Like sockets they are ended over a while at close, and their clients connect again. */
export class EventStreams {
  readonly #clock: Clock;
  readonly #open = new Set<EventStream>();
  #isClosing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(stream: EventStream): void {
    this.#open.add(stream);
    if (this.#isClosing) this.#cutAfter(0, stream);
  }

  delete(stream: EventStream): void {
    this.#open.delete(stream);
  }

  close(spreadMs: number): void {
    this.#isClosing = true;
    const streams = [...this.#open];
    for (const [at, stream] of streams.entries()) this.#cutAfter((spreadMs * at) / streams.length, stream);
  }

  #cutAfter(ms: number, stream: EventStream): void {
    this.#clock.setTimeout(
      () => {
        if (this.#open.has(stream)) stream.cut();
      },
      ms,
      { keepsAlive: true },
    );
  }
}
