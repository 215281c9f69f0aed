import type { Clock } from '../time/clock.ts';
import { ageMsOf, isAlive, isAvailable, isRoutable, leaseMsOf, suspectAfterMs } from './liveness.ts';
import type { ServiceStateRead, StatefulServiceState } from '../domain/stateful-service-state.ts';

type Pods = ReadonlyMap<number, StatefulServiceState>;

interface Judgement {
  readonly alive: Pods;
  readonly available: Pods;
  readonly routable: Pods;
  /** The monotonic time up to which no pod changes class by its age alone. */
  readonly validUntil: number;
}

/**
 * One reading of a service's pods, judged as of now: its entries never change, but their ages grow with the reader's
 * monotonic clock, so a pod that is heard of no more leaves `routable`, then `available` and `alive`, by itself.
 *
 * All of it is synchronous. The maps are by ordinal, ascending; the same map is returned until a pod changes class.
 */
export class Snapshot {
  /** The reading, with the changes in it that were pushed since. */
  readonly read: ServiceStateRead;
  /** The reading alone, of one moment: what says whether an owner may be replaced, so that all readers agree. */
  readonly asRead: ServiceStateRead;
  readonly #clock: Clock;
  readonly #readAt: number;
  #judgement: Judgement | undefined;

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

  /** Every entry, whatever its state and age. */
  get pods(): Pods {
    return this.read.pods;
  }

  /** Pods whose claims stand. */
  get alive(): Pods {
    return this.#judge().alive;
  }

  /** Pods that may be called for users they already hold. */
  get available(): Pods {
    return this.#judge().available;
  }

  /** Pods that may be given new users. */
  get routable(): Pods {
    return this.#judge().routable;
  }

  isAlive(podId: number): boolean {
    return this.#judge().alive.has(podId);
  }

  isAvailable(podId: number): boolean {
    return this.#judge().available.has(podId);
  }

  isRoutable(podId: number): boolean {
    return this.#judge().routable.has(podId);
  }

  /** The monotonic time up to which no pod changes class by its age alone; the maps are the same until then. */
  validUntil(): number {
    return this.#judge().validUntil;
  }

  /** The store's time now: that of the reading, advanced by the reader's monotonic clock. */
  storeTime(): number {
    return this.read.storeTime + this.ageMs();
  }

  /** The reading with the store's time of now, for what is judged by it. */
  readNow(): ServiceStateRead {
    return { ...this.read, storeTime: this.storeTime() };
  }

  /** How long ago the reading arrived. */
  ageMs(): number {
    return this.#clock.monotonic() - this.#readAt;
  }

  #judge(): Judgement {
    const now = this.#clock.monotonic();
    if (this.#judgement && now <= this.#judgement.validUntil) return this.#judgement;
    return (this.#judgement = this.#judgeAt(now));
  }

  #judgeAt(now: number): Judgement {
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
