import type { Clock } from '../time/clock.ts';
import { ageMsOf, isAlive, isAvailable, isRoutable, leaseMsOf, suspectAfterMs } from './liveness.ts';
import type { PodStates, ServiceStateRead, StatefulServiceState } from '../domain/stateful-service-state.ts';

interface Verdict {
  readonly alive: PodStates;
  readonly available: PodStates;
  readonly routable: PodStates;
  /** The monotonic time until which no pod changes class by its age alone. */
  readonly validUntil: number;
}

/**
 * One reading of a service's pods, evaluated as of now. Its entries never change, but their ages grow with the reader's
 * monotonic clock: a pod without a new heartbeat leaves `routable`, then `available` and `alive`.
 *
 * All members are synchronous. The maps are by ordinal, ascending, and stay the same objects until a pod changes class.
 */
export class Snapshot {
  /** The reading, updated by the changes that were pushed since. */
  readonly read: ServiceStateRead;
  /** The original, atomic reading. It decides whether an owner may be replaced, so that all readers agree. */
  readonly asRead: ServiceStateRead;
  readonly #clock: Clock;
  readonly #readAt: number;
  #verdict: Verdict | undefined;

  /** @param readAt - the clock's monotonic time at which the reading arrived. */
  constructor(
    read: ServiceStateRead,
    clock: Clock,
    readAt: number = clock.monotonic(),
    asRead: ServiceStateRead = read,
  ) {
    this.read = read;
    this.asRead = asRead;
    this.#clock = clock;
    this.#readAt = readAt;
  }

  /** All entries, whatever their state and age. */
  get pods(): PodStates {
    return this.read.pods;
  }

  /** Pods whose claims are valid. */
  get alive(): PodStates {
    return this.#evaluate().alive;
  }

  /** Pods that may be called for users they already hold. */
  get available(): PodStates {
    return this.#evaluate().available;
  }

  /** Pods that may be given new users. */
  get routable(): PodStates {
    return this.#evaluate().routable;
  }

  isAlive(podId: number): boolean {
    return this.#evaluate().alive.has(podId);
  }

  isAvailable(podId: number): boolean {
    return this.#evaluate().available.has(podId);
  }

  isRoutable(podId: number): boolean {
    return this.#evaluate().routable.has(podId);
  }

  /** The monotonic time until which no pod changes class by its age alone. The maps are the same objects until then. */
  validUntil(): number {
    return this.#evaluate().validUntil;
  }

  /** The store's time now: that of the reading plus the monotonic time since. */
  storeTime(): number {
    return this.read.storeTime + this.ageMs();
  }

  /** The reading with the store's time of now. */
  readNow(): ServiceStateRead {
    return { ...this.read, storeTime: this.storeTime() };
  }

  /** How long ago the reading arrived. */
  ageMs(): number {
    return this.#clock.monotonic() - this.#readAt;
  }

  #evaluate(): Verdict {
    const now = this.#clock.monotonic();
    if (this.#verdict && now <= this.#verdict.validUntil) return this.#verdict;
    return (this.#verdict = this.#evaluateAt(now));
  }

  #evaluateAt(now: number): Verdict {
    const elapsed = now - this.#readAt;
    const alive = new Map<number, StatefulServiceState>();
    const available = new Map<number, StatefulServiceState>();
    const routable = new Map<number, StatefulServiceState>();
    let validFor = Number.POSITIVE_INFINITY;
    for (const [podId, pod] of this.read.pods) {
      const ageMs = ageMsOf(pod, this.read.storeTime + elapsed);
      if (isAlive(pod, ageMs)) alive.set(podId, pod);
      if (isAvailable(pod, ageMs)) available.set(podId, pod);
      if (isRoutable(pod, ageMs)) routable.set(podId, pod);
      if (ageMs === undefined) continue;
      for (const limit of [suspectAfterMs(pod), leaseMsOf(pod)]) {
        if (ageMs <= limit) validFor = Math.min(validFor, limit - ageMs);
      }
    }
    return { alive, available, routable, validUntil: now + validFor };
  }
}
