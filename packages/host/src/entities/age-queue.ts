import type { Clock } from '@stateful-route/core';

/** A member of a queue. */
export interface Timed {
  /** Called once the member has been in the queue for its time. It is not in the queue any more. */
  due(): void;
}

/**
 * Tells each member once it has been in the queue for a fixed time. Members are in the order in which they were added,
 * so adding and deleting cost O(1), and one timer serves all.
 */
export class AgeQueue {
  readonly #clock: Clock;
  readonly #ageMs: number;
  readonly #addedAt = new Map<Timed, number>();
  /** Whether a timer runs, or `#wake` is about to set one. */
  #isTimed = false;

  /** @param ageMs - `Infinity`: no member is ever due. */
  constructor(clock: Clock, ageMs: number) {
    this.#clock = clock;
    this.#ageMs = ageMs;
  }

  get size(): number {
    return this.#addedAt.size;
  }

  has(member: Timed): boolean {
    return this.#addedAt.has(member);
  }

  /** For how long a member has been in the queue, in ms; `undefined` if it is not. */
  ageMs(member: Timed): number | undefined {
    const addedAt = this.#addedAt.get(member);
    return addedAt === undefined ? undefined : this.#clock.monotonic() - addedAt;
  }

  /** Adds a member as the youngest, also if it is in the queue already. */
  add(member: Timed): void {
    this.#addedAt.delete(member);
    this.#addedAt.set(member, this.#clock.monotonic());
    if (!this.#isTimed && this.#ageMs < Number.POSITIVE_INFINITY) this.#wakeAfter(this.#ageMs);
  }

  /** Deletes a member. The timer stays: a later member may need it. */
  delete(member: Timed): void {
    this.#addedAt.delete(member);
  }

  /** The members, oldest first. */
  members(): IterableIterator<Timed> {
    return this.#addedAt.keys();
  }

  #wakeAfter(ms: number): void {
    this.#isTimed = true;
    this.#clock.setTimeout(() => this.#wake(), ms);
  }

  #wake(): void {
    const now = this.#clock.monotonic();
    for (const [member, addedAt] of this.#addedAt) {
      const leftMs = addedAt + this.#ageMs - now;
      if (leftMs > 0) {
        this.#wakeAfter(leftMs);
        return;
      }
      this.#addedAt.delete(member);
      member.due();
    }
    this.#isTimed = false;
  }
}
