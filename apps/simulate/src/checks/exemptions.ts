import { type FleetPlan, longestLeaseMs } from '../script/fleet-plan.ts';
import { exceptionOf, type ExceptionName } from '../script/world-event.ts';
import type { ObservedPod, Observation, WorldView } from './observation.ts';

/**
 * Where the contract's exceptions hold, and until when. An exception counts only once an event of its kind has happened,
 * and only for the bound that the contract names.
 */
export class Exemptions {
  readonly #leaseMs: number;
  readonly #passMs: number;
  readonly #seen = new Set<ExceptionName>();
  readonly #forced = new Map<string, number>();
  #lostUntil = -1;
  /** For each ordinal, the time until which its earlier processes are excused, and the latest process. */
  readonly #later = new Map<number, { readonly pod: ObservedPod; readonly until: number }>();

  constructor(fleet: FleetPlan) {
    this.#leaseMs = longestLeaseMs(fleet);
    // a pass over the claims begins once per lease; where it does not reach the store, the pod's fence comes a lease later
    this.#passMs = 2 * this.#leaseMs;
  }

  /** Whether any event of the exception has happened so far. */
  has(name: ExceptionName): boolean {
    return this.#seen.has(name);
  }

  get hasAny(): boolean {
    return this.#seen.size > 0;
  }

  observe(observation: Observation, { now }: Pick<WorldView, 'now'>): void {
    if (observation.kind === 'event') {
      const { event } = observation;
      const exception = exceptionOf(event);
      if (exception) this.#seen.add(exception);
      if (exception === 'forced' && 'uid' in event) this.#forced.set(event.uid, now + this.#passMs);
    } else if (observation.kind === 'storeBack' && observation.lost !== 'nothing') {
      this.#lostUntil = now + this.#passMs;
    } else if (observation.kind === 'stored') this.#stored(observation, now);
  }

  /** Whether two pods may both believe for now that they hold a user. */
  mayBothHold(uid: string, pods: readonly [ObservedPod, ObservedPod], now: number): boolean {
    if (now <= this.#lostUntil || now <= (this.#forced.get(uid) ?? -1)) return true;
    return pods.some((pod) => {
      const later = this.#later.get(pod.ordinal);
      return later !== undefined && later.pod !== pod && now <= later.until;
    });
  }

  /** Whether a user may have changed hands by force. */
  mayBeForced(uid: string, now: number): boolean {
    return now <= (this.#forced.get(uid) ?? -1);
  }

  /** Whether the store may still lack what it lost. */
  mayLackData(now: number): boolean {
    return now <= this.#lostUntil;
  }

  #stored({ call, pod }: Extract<Observation, { kind: 'stored' }>, now: number): void {
    // a forced write takes effect when it arrives
    if (call.method === 'setLinkedPod' || call.method === 'removeLinkedPod') {
      this.#forced.set(String(call.args[1]), now + this.#passMs);
    }
    if (call.method !== 'setServiceState' || !pod || call.error !== undefined) return;
    const known = this.#later.get(pod.ordinal);
    if (known && known.pod.startedAt >= pod.startedAt) return;
    this.#later.set(pod.ordinal, { pod, until: now + this.#leaseMs });
  }
}
