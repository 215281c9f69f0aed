import type { CancelTimer, Clock, Logger } from '@stateful-route/core';
import { NO_ROLLOUT, type Rollout, rolloutStep } from '@stateful-route/core/adapter';
import type { ApiErrorBody, ConsoleEvents, PodPoint, ServiceChange, ServiceLive } from '../api/types.ts';
import { podRows, type Place, readService, type ServiceReading } from '../read/service-reading.ts';
import { alivePods } from '../read/alive-pods.ts';
import { overviewOf } from '../read/summary.ts';
import { JournalTail } from './journal-tail.ts';
import { RowMemory } from './row-changes.ts';
import { Series } from './series.ts';

/** An event, as everyone who looks gets it. */
export type HubEvent = {
  [Name in keyof ConsoleEvents]: {
    readonly name: Name;
    readonly data: ConsoleEvents[Name];
    /** The last entry of the journal so far. */
    readonly id: string | undefined;
  };
}[keyof ConsoleEvents];

/** Ends a look. */
export type EndLook = () => void;

/** What a hub depends on. */
export interface HubParts extends Place {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often a service is read while somebody looks. */
  readonly everyMs: number;
  /** What an error is to those who look. */
  readonly describe: (error: unknown) => ApiErrorBody;
}

/** Somebody who looks. */
interface Look {
  readonly onEvent: (event: HubEvent) => void;
  readonly lastEventId: string | undefined;
  /** Whether the look has had its first event, `service`. */
  hasBegun: boolean;
}

/** The last reading, and when it was made. */
interface Latest {
  readonly reading: ServiceReading;
  readonly at: number;
}

/** After so many intervals without a reading, the journal is read from its end. */
const LATE_AFTER = 5;

/** Reads a service once for all who look, and only while somebody does. */
export class ServiceHub {
  readonly #serviceName: string;
  readonly #parts: HubParts;
  readonly #journal: JournalTail;
  readonly #rows = new RowMemory();
  readonly #series = new Series();
  readonly #looks = new Set<Look>();
  #rollout: Rollout = NO_ROLLOUT;
  #latest: Latest | undefined;
  #reading: Promise<void> | undefined;
  #cancelTimer: CancelTimer | undefined;
  #isFailing = false;

  constructor(serviceName: string, parts: HubParts) {
    this.#serviceName = serviceName;
    this.#parts = parts;
    this.#journal = new JournalTail(parts, serviceName);
  }

  /** The service as it was read less than an interval ago. Rejects as the store's calls do. */
  async current(): Promise<ServiceReading> {
    const { clock, everyMs } = this.#parts;
    if (!this.#latest || clock.monotonic() - this.#latest.at >= everyMs) await this.#refresh();
    return this.#latest!.reading;
  }

  /** All that is live, as of {@link current}. */
  async live(): Promise<ServiceLive> {
    await this.current();
    return this.#live(undefined);
  }

  /** What is remembered of the revisions of its pods, as of {@link current}. */
  get rollout(): Rollout {
    return this.#rollout;
  }

  podSeries(podId: number): readonly PodPoint[] {
    return this.#series.podPoints(podId);
  }

  /**
   * Looks on: the listener gets `service` first, then what changes. `lastEventId` is the `id` of the last event that it had in an
   * earlier look.
   */
  look(onEvent: (event: HubEvent) => void, lastEventId?: string): EndLook {
    const look: Look = { onEvent, lastEventId, hasBegun: false };
    this.#looks.add(look);
    if (this.#isFresh) this.#begin(look);
    if (this.#looks.size === 1) this.#follow();
    return () => {
      this.#looks.delete(look);
      if (this.#looks.size > 0) return;
      this.#cancelTimer?.();
      this.#cancelTimer = undefined;
    };
  }

  get #isFresh(): boolean {
    const { clock, everyMs } = this.#parts;
    return this.#latest !== undefined && clock.monotonic() - this.#latest.at < 2 * everyMs;
  }

  /** Reads now, and again after each interval. */
  #follow(): void {
    const { clock, everyMs } = this.#parts;
    this.#cancelTimer?.();
    this.#cancelTimer = clock.setTimeout(() => this.#follow(), everyMs);
    this.#refresh().catch((error: unknown) => {
      const { logger, describe } = this.#parts;
      if (!this.#isFailing)
        logger.warn({ err: error, serviceName: this.#serviceName }, 'the console cannot read a service');
      this.#isFailing = true;
      this.#emit({ name: 'unreadable', data: { error: describe(error) }, id: this.#journal.last });
    });
  }

  /** One reading at a time, whoever asks. */
  #refresh(): Promise<void> {
    return (this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    }));
  }

  async #read(): Promise<void> {
    const { clock, everyMs } = this.#parts;
    const at = clock.monotonic();
    const before = this.#latest;
    const isLate = before !== undefined && at - before.at > LATE_AFTER * everyMs;
    const [reading, journal] = await Promise.all([
      readService(this.#parts, this.#serviceName),
      this.#journal.read(isLate),
    ]);
    const { read } = reading;
    const overview = overviewOf(this.#serviceName, read);
    const change: ServiceChange = {
      ...overview,
      ...this.#rows.update(podRows(reading)),
      // After a gap there is no rate: nobody saw how it came to be.
      point: this.#series.add(read, isLate ? undefined : before?.reading.read, overview.summary, journal),
      journal,
    };
    this.#rollout = rolloutStep(this.#rollout, alivePods(read), read.storeTime);
    this.#latest = { reading, at };
    this.#isFailing = false;
    this.#emit({ name: 'change', data: change, id: this.#journal.last });
  }

  #emit(event: HubEvent): void {
    for (const look of this.#looks) {
      if (look.hasBegun || event.name === 'unreadable') look.onEvent(event);
      else this.#begin(look);
    }
  }

  #begin(look: Look): void {
    look.hasBegun = true;
    look.onEvent({ name: 'service', data: this.#live(look.lastEventId), id: this.#journal.last });
  }

  #live(lastEventId: string | undefined): ServiceLive {
    return {
      ...overviewOf(this.#serviceName, this.#latest!.reading.read),
      pods: this.#rows.rows,
      series: this.#series.points,
      journal: this.#journal.since(lastEventId),
    };
  }
}
