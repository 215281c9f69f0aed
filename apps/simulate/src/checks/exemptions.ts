import { type FleetPlan, longestLeaseMs } from '../script/fleet-plan.ts';
import { exceptionOf, type ExceptionName } from '../script/world-event.ts';
import type { ActiveExemptions, ObservedPod, Observation, WorldView } from './observation.ts';

/**
 * Which of the contract's exceptions apply, and until when. An exception applies only after an event of its kind, and only
 * for as long as the contract says.
 */
export class Exemptions implements ActiveExemptions {
  readonly #leaseMs: number;
  readonly #passMs: number;
  readonly #seen = new Set<ExceptionName>();
  readonly #forced = new Map<string, number>();
  #lostUntil = -1;
  /** For each ordinal: the process that started last, and until when earlier ones may still hold users. */
  readonly #later = new Map<number, { readonly pod: ObservedPod; readonly until: number }>();

  constructor(fleet: FleetPlan) {
    this.#leaseMs = longestLeaseMs(fleet);
    // A self-heal pass begins once per lease. If it does not reach the store, the pod is fenced a lease later.
    this.#passMs = 2 * this.#leaseMs;
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

  mayBothHold(uid: string, pods: readonly [ObservedPod, ObservedPod], now: number): boolean {
    if (now <= this.#lostUntil || now <= (this.#forced.get(uid) ?? -1)) return true;
    return pods.some((pod) => {
      const later = this.#later.get(pod.ordinal);
      return later !== undefined && later.pod !== pod && now <= later.until;
    });
  }

  mayLackData(now: number): boolean {
    return now <= this.#lostUntil;
  }

  #stored({ call, pod }: Extract<Observation, { kind: 'stored' }>, now: number): void {
    // A forced write counts from when it reaches the store.
    if (call.method === 'setLinkedPod' || call.method === 'removeLinkedPod') {
      this.#forced.set(String(call.args[1]), now + this.#passMs);
    }
    if (call.method !== 'setServiceState' || !pod || call.error !== undefined) return;
    const known = this.#later.get(pod.ordinal);
    if (known && known.pod.startedAt >= pod.startedAt) return;
    this.#later.set(pod.ordinal, { pod, until: now + this.#leaseMs });
  }
}
