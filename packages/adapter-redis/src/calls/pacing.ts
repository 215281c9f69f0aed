/** So many commands are in flight at a time: while the server works on some, others are written and read. */
const COMMANDS_IN_FLIGHT = 4;
/** Fewer calls are not worth a shared command. */
const SHARED_MIN = 3;
/** More calls in a command save less than waiting for all of them costs. */
const SHARED_MAX = 128;
/** So many commands later, a load that is over counts no more. */
const REMEMBERED_COMMANDS = 16;

/**
 * How many calls share a command, by how many were in flight lately. After a pause it is all of a tick.
 *
 * Calls that share a command are answered together, and their callers ask again together: with all of them in one command the
 * caller would wait while the server works, and the server while the caller does. So a few calls get a command each, and many
 * are cut into as many commands as keep both at work.
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
    const share = Math.floor(this.#load / COMMANDS_IN_FLIGHT);
    return share < SHARED_MIN ? 1 : Math.min(share, SHARED_MAX);
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
