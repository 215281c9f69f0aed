import type { Clock, LocatedPod } from '@stateful-route/core';
import type { Awaiting, EpochOptions } from '@stateful-route/core/adapter';
import { timedOut } from '../errors.ts';

/** A user's pod, without its address. */
export type LocatedLink = Omit<LocatedPod, 'address'>;

/** Less than this counts as no time spent: calls of one tick get the same timeout, so that one timer serves them all. */
const NO_TIME_MS = 1;

/**
 * A lookup of a user's link in the store, shared by all callers that ask for the user meanwhile. It has one deadline for all
 * the store calls that it takes.
 */
export class LinkRequest implements Awaiting {
  readonly namespace: string;
  readonly serviceName: string;
  readonly uid: string;
  readonly timeoutMs: number;
  /** Monotonic. */
  readonly deadline: number;
  /** Settles by the deadline. */
  readonly answer: Promise<LocatedLink>;
  /** Whether the link was made for this request. */
  isPlaced = false;
  readonly #clock: Clock;
  readonly #onExpired: (request: LinkRequest) => void;
  #resolve!: (link: LocatedLink) => void;
  #reject!: (error: unknown) => void;

  constructor(
    { namespace, serviceName }: { readonly namespace: string; readonly serviceName: string },
    uid: string,
    clock: Clock,
    timeoutMs: number,
    onExpired: (request: LinkRequest) => void,
  ) {
    this.namespace = namespace;
    this.serviceName = serviceName;
    this.uid = uid;
    this.timeoutMs = timeoutMs;
    this.deadline = clock.monotonic() + timeoutMs;
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  leftMs(): number {
    return this.deadline - this.#clock.monotonic();
  }

  /**
   * The options of the next store call: it may take what the earlier ones have left.
   *
   * @param epoch - that of the reading on which it rests, if it writes.
   */
  options(epoch?: number): EpochOptions {
    const leftMs = this.leftMs();
    const isUnspent = this.timeoutMs - leftMs < NO_TIME_MS;
    return { timeoutMs: isUnspent ? this.timeoutMs : Math.max(1, leftMs), epoch };
  }

  succeed(link: LocatedLink): void {
    this.#resolve(link);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  expire(): void {
    this.#onExpired(this);
    this.fail(timedOut({ operation: 'computeLinkedPod', effect: 'unknown' }, this.timeoutMs));
  }
}
