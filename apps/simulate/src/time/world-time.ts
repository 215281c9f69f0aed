import { type Due, EventQueue } from './event-queue.ts';

/** After how many steps Node's event loop turns, which is when it reports unhandled rejections. */
const STEPS_PER_TURN = 64;

/** Cancels an event that has not happened yet. */
export type Cancel = () => void;

/** Options of an event. */
export interface ScheduleOptions {
  readonly rank?: number | undefined;
  /** When it was due. Default: when it happens. */
  readonly meant?: number | undefined;
}

/** The time of the world. It moves from event to event, and all promises settle after each event. */
export class WorldTime {
  #now = 0;
  #order = 0;
  #steps = 0;
  readonly #queue = new EventQueue();

  /** Ms since the world began. */
  get now(): number {
    return this.#now;
  }

  /** How many events have happened. */
  get steps(): number {
    return this.#steps;
  }

  at(moment: number, run: () => void, { rank = 0, meant }: ScheduleOptions = {}): Cancel {
    const at = Math.max(moment, this.#now);
    const due: Due = { at, rank, meant: meant ?? at, order: this.#order++, run, isCancelled: false };
    this.#queue.push(due);
    return () => {
      due.isCancelled = true;
    };
  }

  after(ms: number, run: () => void, options?: ScheduleOptions): Cancel {
    return this.at(this.#now + ms, run, options);
  }

  /** Runs the world until `end`. Calls `afterStep` after each event, when all promises have settled; `false` ends the run. */
  async runUntil(end: number, afterStep: () => boolean | void = () => {}): Promise<void> {
    await settle();
    for (let due = this.#queue.peek(); due && due.at <= end; due = this.#queue.peek()) {
      this.#queue.pop();
      if (due.isCancelled) continue;
      this.#now = due.at;
      due.run();
      this.#steps += 1;
      await (this.#steps % STEPS_PER_TURN === 0 ? turn() : settle());
      if (afterStep() === false) return;
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Requested in a promise's continuation, Node's next tick runs when all promises have settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
