import type { IncomingMessage } from 'node:http';

/** Where a body is sent. */
export interface BodySink {
  /** Takes a part; false if it takes no more until it calls `resume`. */
  write(chunk: Buffer): boolean;
  end(): void;
}

/** What happens to a body while it is read. */
export interface BodyEvents {
  /** All of it is read; or it is longer than what is kept, and is not read further for now. */
  collected(): void;
  /** What was sent on is not kept any more: the request cannot be sent again. */
  committed(): void;
  /** A part was read. */
  active(): void;
  tooLarge(): void;
}

export interface BodyLimits {
  /** How much of a body is kept for sending it again. */
  readonly replayBytes: number;
  readonly maxBodyBytes: number;
}

/** The body of a client's request: read on demand, and kept as long as it is short enough to be sent again. */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #events: BodyEvents;
  /** All that was read; `undefined` once more was sent on than is kept. */
  #kept: Buffer[] | undefined = [];
  #size = 0;
  #ended = false;
  #reading = false;
  #sink: BodySink | undefined;

  constructor(request: IncomingMessage, limits: BodyLimits, events: BodyEvents) {
    this.#request = request;
    this.#limits = limits;
    this.#events = events;
  }

  /** The whole body, once it is read and kept. */
  get whole(): Buffer | undefined {
    if (!this.#ended || !this.#kept) return undefined;
    return this.#kept.length === 1 ? this.#kept[0] : Buffer.concat(this.#kept);
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** Reads until the end, or as much as is kept. */
  collect(): void {
    this.#read();
  }

  /** Sends what was read, and then the rest as it comes. */
  streamInto(sink: BodySink): void {
    let takesMore = true;
    for (const chunk of this.#kept ?? []) takesMore = sink.write(chunk);
    if (this.#size > this.#limits.replayBytes) this.commit();
    if (this.#ended) {
      sink.end();
      return;
    }
    this.#sink = sink;
    if (takesMore) this.#read();
    else this.#request.pause();
  }

  /** Keeps no longer what was sent on. */
  commit(): void {
    if (!this.#kept) return;
    this.#kept = undefined;
    this.#events.committed();
  }

  /** Goes on after `write` returned false. */
  resume(): void {
    if (this.#sink) this.#read();
  }

  /** Sends no more; what was read stays kept. */
  stop(): void {
    this.#sink = undefined;
    this.#request.pause();
  }

  /** Reads the rest and throws it away, so that the client's connection can be used again. */
  discard(): void {
    this.#sink = undefined;
    this.#kept = undefined;
    this.#request.off('data', this.#onData);
    if (!this.#ended) this.#request.resume();
  }

  #read(): void {
    if (!this.#reading) {
      this.#reading = true;
      this.#request.on('data', this.#onData);
      this.#request.on('end', this.#onEnd);
    }
    this.#request.resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    const { replayBytes, maxBodyBytes } = this.#limits;
    this.#size += chunk.length;
    this.#events.active();
    if (this.#size > maxBodyBytes) {
      this.#events.tooLarge();
      return;
    }
    const isLong = this.#size > replayBytes;
    const sink = this.#sink;
    if (!sink) {
      this.#kept?.push(chunk);
      if (!isLong) return;
      this.#request.pause();
      this.#events.collected();
      return;
    }
    if (isLong) this.commit();
    else this.#kept?.push(chunk);
    if (!sink.write(chunk)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    const sink = this.#sink;
    if (sink) {
      this.#sink = undefined;
      sink.end();
    } else if (this.#kept) {
      this.#events.collected();
    }
  };
}
