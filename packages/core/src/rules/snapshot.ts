import type { Clock } from '../time/clock.ts';
import { ageMsOf, isAlive, isAvailable, isRoutable, leaseMsOf, suspectAfterMs } from './liveness.ts';
import type { ServiceStateRead, StatefulServiceState } from '../domain/stateful-service-state.ts';

type Pods = ReadonlyMap<number, StatefulServiceState>;

/** The pods of each class, valid for some time. */
interface Classes {
  readonly alive: Pods;
  readonly available: Pods;
  readonly routable: Pods;
  /** The monotonic time up to which no pod changes class by its age alone. */
  readonly validUntil: number;
}

/**
 * One reading of a service's pods. Its entries never change, but their ages grow with the reader's monotonic clock: a pod
 * without newer heartbeats leaves `routable`, then `available` and `alive`, by itself.
 *
 * All methods are synchronous. The maps are ordered by ordinal; the same map is returned until a pod changes class.
 */
export class Snapshot {
  /** The reading, with the changes that were pushed since. */
  readonly read: ServiceStateRead;
  /** The reading without pushed changes. It decides whether an owner may be replaced, so that all readers agree. */
  readonly asRead: ServiceStateRead;
  readonly #clock: Clock;
  readonly #readAt: number;
  #classes: Classes | undefined;

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

  /** Pods whose claims are valid. */
  get alive(): Pods {
    return this.#classesNow().alive;
  }

  /** Pods that may be called for users they already hold. */
  get available(): Pods {
    return this.#classesNow().available;
  }

  /** Pods that may be given new users. */
  get routable(): Pods {
    return this.#classesNow().routable;
  }

  isAlive(podId: number): boolean {
    return this.#classesNow().alive.has(podId);
  }

  isAvailable(podId: number): boolean {
    return this.#classesNow().available.has(podId);
  }

  isRoutable(podId: number): boolean {
    return this.#classesNow().routable.has(podId);
  }

  /** The monotonic time up to which no pod changes class by its age alone; the maps are the same until then. */
  validUntil(): number {
    return this.#classesNow().validUntil;
  }

  /** The store time now: that of the reading, advanced by the reader's monotonic clock. */
  storeTime(): number {
    return this.read.storeTime + this.ageMs();
  }

  /** The reading with the present store time. */
  readNow(): ServiceStateRead {
    return { ...this.read, storeTime: this.storeTime() };
  }

  /** How long ago the reading arrived. */
  ageMs(): number {
    return this.#clock.monotonic() - this.#readAt;
  }

  #classesNow(): Classes {
    const now = this.#clock.monotonic();
    if (this.#classes && now <= this.#classes.validUntil) return this.#classes;
    return (this.#classes = this.#classesAt(now));
  }

  #classesAt(now: number): Classes {
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
