import type { Clock } from '@stateful-route/core';

/**
 * How long one incarnation may serve: until its last acknowledged heartbeat, counted from before that was sent, is older
 * than a limit below the lease. Measured by the pod's monotonic clock alone, so the pod stops before anyone can take its
 * users, whatever its wall clock, its network or a pause of its process do. Once up, a fence stays up.
 */
export class Fence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onUp: () => void;
  #renewedAt: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #isUp = false;

  /** @param onUp - called once, when the fence is found to be up; `isUp` may say so before. */
  constructor(clock: Clock, limitMs: number, onUp: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onUp = onUp;
  }

  /**
   * Whether the incarnation must not serve. It may not before its first heartbeat is acknowledged either. Where the timer
   * is late, as after a pause of the process, asking puts the fence up.
   */
  get isUp(): boolean {
    if (!this.#isUp && this.#renewedAt !== undefined && this.remainingMs() <= 0) this.raise();
    return this.#isUp || this.#renewedAt === undefined;
  }

  /** How long it may still serve, in ms. */
  remainingMs(): number {
    if (this.#isUp || this.#renewedAt === undefined) return 0;
    return this.#renewedAt + this.#limitMs - this.#clock.monotonic();
  }

  /** A heartbeat that was sent at this monotonic time was acknowledged. One that comes too late changes nothing. */
  renew(sentAt: number): void {
    if (this.#renewedAt !== undefined && this.isUp) return;
    this.#renewedAt = sentAt;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.setTimeout(
      () => {
        this.#check();
      },
      Math.max(0, this.remainingMs()),
    );
  }

  /** Puts the fence up now. */
  raise(): void {
    if (this.#isUp) return;
    this.end();
    this.#onUp();
  }

  /** Puts the fence up without telling anyone: the incarnation's life is over. */
  end(): void {
    this.#isUp = true;
    this.#cancelTimer?.();
  }

  #check(): void {
    const remainingMs = this.remainingMs();
    if (remainingMs <= 0) this.raise();
    // A timer may fire a little early.
    else this.#cancelTimer = this.#clock.setTimeout(() => this.#check(), remainingMs);
  }
}
