import type { CancelTimer, Clock } from '@stateful-route/core';
import type { WorldTime } from './world-time.ts';

/** The wall clock's reading when a world begins, ms since the epoch. */
export const WORLD_EPOCH = 1_700_000_000_000;

/** A process reads its sockets after its timers. */
const SOCKET_RANK = 1;

/** Node's shortest timer, in ms: a timer of 0 fires in the next turn of the loop, after what has arrived by then. */
const SHORTEST_TIMER_MS = 1;

/** The clock of one process. Everything that runs in the process is scheduled here. */
export class ProcessClock implements Clock {
  readonly #time: WorldTime;
  readonly #afterRun: () => void;
  #wallOffset = 0;
  #pausedUntil = 0;
  #isDead = false;

  /** @param afterRun - called after anything has run in the process. */
  constructor(time: WorldTime, afterRun: () => void = () => {}) {
    this.#time = time;
    this.#afterRun = afterRun;
  }

  now(): number {
    return WORLD_EPOCH + this.#time.now + this.#wallOffset;
  }

  monotonic(): number {
    return this.#time.now;
  }

  setTimeout(callback: () => void, ms: number): CancelTimer {
    return this.#run(this.#time.now + Math.max(SHORTEST_TIMER_MS, ms), 0, callback);
  }

  /** Delivers something to the process after `ms`: later if it is paused then, never if it is dead. */
  deliver(callback: () => void, ms: number): CancelTimer {
    return this.#run(this.#time.now + ms, SOCKET_RANK, callback);
  }

  get isPaused(): boolean {
    return this.#time.now < this.#pausedUntil;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** When its last pause ends or ended, in ms of the world. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** Stops the process for `ms` while all clocks continue. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#time.now + ms);
  }

  /** Steps the wall clock alone. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Kills the process: nothing that it does takes effect any more. */
  kill(): void {
    this.#isDead = true;
  }

  #run(at: number, rank: number, callback: () => void): CancelTimer {
    const meant = at;
    let cancel: CancelTimer = () => {};
    const attempt = (): void => {
      if (this.#isDead) return;
      if (this.isPaused) {
        cancel = this.#time.at(this.#pausedUntil, attempt, { rank, meant });
        return;
      }
      callback();
      this.#afterRun();
    };
    cancel = this.#time.at(at, attempt, { rank, meant });
    return () => {
      cancel();
    };
  }
}
