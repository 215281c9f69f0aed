import type { Clock } from '@stateful-route/core';

/**
 * Keeps one incarnation from serving when its last acknowledged heartbeat, counted from before that was sent, is older than a
 * limit below the lease. It uses the pod's monotonic clock alone. So the pod stops before anyone can take its users over,
 * whatever its wall clock and its network do, and even after a pause of the process. A fence that is up stays up.
 */
export class Fence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onUp: () => void;
  #renewedAt: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #isUp = false;

  /** @param onUp - called once, when the fence is found to be up; `isUp` may be true before. */
  constructor(clock: Clock, limitMs: number, onUp: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onUp = onUp;
  }

  /**
   * Whether the incarnation must not serve: also before its first heartbeat is acknowledged. If the timer is late, as after a
   * pause of the process, reading this raises the fence.
   */
  get isUp(): boolean {
    if (!this.#isUp && this.#renewedAt !== undefined && this.remainingMs() <= 0) this.raise();
    return this.#isUp || this.#renewedAt === undefined;
  }

  /** How long the incarnation may still serve, in ms. */
  remainingMs(): number {
    if (this.#isUp || this.#renewedAt === undefined) return 0;
    return this.#renewedAt + this.#limitMs - this.#clock.monotonic();
  }

  /** A heartbeat that was sent at this monotonic time was acknowledged. If the fence is up, nothing changes. */
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

  /** Raises the fence now. */
  raise(): void {
    if (this.#isUp) return;
    this.end();
    this.#onUp();
  }

  /** Raises the fence without calling `onUp`: the incarnation has ended. */
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
