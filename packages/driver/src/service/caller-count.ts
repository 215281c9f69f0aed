import type { Clock } from '@stateful-route/core';
import {
  announceAfterMs,
  callersAfter,
  countedForMs,
  type KnownCallers,
  type LimitedLogger,
  type ServerExecutor,
  unknownCallers,
} from '@stateful-route/core/adapter';
import type { Placements } from './placements.ts';

const UNCOUNTED = 'the callers that place users cannot be counted; the last count stays';

/** What counting callers depends on. */
export interface CallerCountParts {
  readonly server: ServerExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  /** Names this caller among the others; always the same. */
  readonly callerId: () => string;
  readonly periodMs: number;
}

/**
 * Counts the callers that place users of one service, as long as this one is among them: it announces itself once a period, more
 * often while the count changes, and rests when it has placed nobody for as long as it is counted.
 */
export class CallerCount {
  readonly #service: { readonly namespace: string; readonly serviceName: string };
  readonly #parts: CallerCountParts;
  readonly #placements: Placements;
  #known: KnownCallers;
  /** The monotonic time of the last announcement before which a user was placed. */
  #busyAt = 0;
  #isBusy = false;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(
    service: { readonly namespace: string; readonly serviceName: string },
    placements: Placements,
    parts: CallerCountParts,
  ) {
    this.#service = service;
    this.#placements = placements;
    this.#parts = parts;
    this.#known = unknownCallers(parts.periodMs);
    this.#rest();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#placements.onNext = undefined;
  }

  /** Nothing is announced until a user is placed. */
  #rest(): void {
    this.#placements.onNext = () => {
      this.#isBusy = true;
      this.#known = { ...unknownCallers(this.#parts.periodMs), count: this.#known.count };
      this.#schedule();
    };
  }

  #schedule(): void {
    if (this.#closed) return;
    const { clock, callerId } = this.#parts;
    this.#cancelTimer = clock.setTimeout(
      () => {
        void this.#announce();
      },
      announceAfterMs(this.#known, callerId()),
    );
  }

  async #announce(): Promise<void> {
    const { server, clock, logger, callerId, periodMs } = this.#parts;
    const { namespace, serviceName } = this.#service;
    const ttlMs = countedForMs(periodMs);
    const now = clock.monotonic();
    if (this.#isBusy) this.#busyAt = now;
    else if (now - this.#busyAt > ttlMs) return this.#rest();
    this.#isBusy = false;
    this.#placements.onNext = () => {
      this.#isBusy = true;
    };
    try {
      const count = await server.announceCaller(namespace, serviceName, callerId(), ttlMs);
      this.#known = callersAfter(this.#known, count, periodMs);
      this.#placements.callers = count;
      logger.over({ ...this.#service }, UNCOUNTED, 'the callers that place users are counted again');
    } catch (error) {
      this.#known = callersAfter(this.#known, this.#known.count, periodMs);
      if (!this.#closed) logger.warn({ err: error, ...this.#service }, UNCOUNTED);
    }
    this.#schedule();
  }
}
