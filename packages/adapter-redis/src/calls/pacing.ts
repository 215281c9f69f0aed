/** So many commands are in flight at a time: while the server works on some, others are written and read. */
const COMMANDS_IN_FLIGHT = 4;
/** Fewer calls in a command cost more than a third command in flight gains. */
const SHARED_MIN = 4;
/** Of fewer calls than that, so many commands are made. */
const COMMANDS_MIN = 2;
/** More calls in a command save less than waiting for all of them costs. */
const SHARED_MAX = 128;
/** So many commands later, a load that is over counts no more. */
const REMEMBERED_COMMANDS = 16;

/**
 * How many calls share a command, by how many were in flight lately. After a pause it is all of a tick.
 *
 * Calls that share a command are answered together, and their callers ask again together: with all of them in one command the
 * caller would wait while the server works, and the server while the caller does. So they are cut into as many commands as keep
 * both at work, but not into more: each costs both sides as much as several calls.
 */
export class Pacing {
  #inFlight = 0;
  /** The most calls that were in flight after one of the last commands. */
  #load = 0;
  #loadOfNext = 0;
  #commands = 0;

  /** So many calls are sent as soon as they are gathered. */
  get groupSize(): number {
    if (this.#load < 2) return SHARED_MAX;
    const few = Math.min(this.#load / COMMANDS_MIN, SHARED_MIN);
    return Math.min(Math.floor(Math.max(this.#load / COMMANDS_IN_FLIGHT, few)), SHARED_MAX);
  }

  /** Whether no call waits for its reply. */
  get idle(): boolean {
    return this.#inFlight === 0;
  }

  /** Calls were handed to a connection. */
  sent(calls: number): void {
    this.#inFlight += calls;
    this.#loadOfNext = Math.max(this.#loadOfNext, this.#inFlight);
    this.#load = Math.max(this.#load, this.#inFlight);
    this.#commands += 1;
    if (this.#commands < REMEMBERED_COMMANDS) return;
    this.#commands = 0;
    this.#load = this.#loadOfNext;
    this.#loadOfNext = this.#inFlight;
  }

  /** Their replies have come, or never will. */
  ended(calls: number): void {
    this.#inFlight -= calls;
  }
}
