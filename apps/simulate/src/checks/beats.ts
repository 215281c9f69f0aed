import type { ServiceStateRead } from '@stateful-route/core';
import { hasEnded, type HeartbeatAck, type PodReport } from '@stateful-route/core/adapter';
import type { ObservedPod, Observation } from './observation.ts';

/** The last heartbeat of an ordinal that the store accepted. The store may have lost it since. */
export interface LastBeat {
  readonly at: number;
  readonly leaseMs: number;
  /** It reported the end of its incarnation, or an operator removed a pod that was past its lease. */
  readonly ended: boolean;
  readonly pod: ObservedPod | undefined;
  /** When the pod last sent a heartbeat after a gap of more than a lease. */
  readonly silentUntil: number;
  /** When the pod last came back after it had ended. */
  readonly endedUntil: number;
}

/** The heartbeats that the store accepted, including those that it has lost since. */
export class Beats {
  readonly #last = new Map<number, LastBeat>();
  #quietAt = 0;
  #since: number | undefined;
  #read: ServiceStateRead | undefined;

  /** When a heartbeat last arrived after all leases were over, as after an outage of the store. */
  get quietAt(): number {
    return this.#quietAt;
  }

  /** The directory's `@since`, as the last heartbeat's reply reported it. */
  get since(): number | undefined {
    return this.#since;
  }

  /** Whether the last reading had an entry of the ordinal. Pods that ended, or died long ago, are pruned. */
  hasEntry(ordinal: number): boolean {
    return this.#read?.pods.has(ordinal) ?? false;
  }

  of(ordinal: number): LastBeat | undefined {
    return this.#last.get(ordinal);
  }

  observe(observation: Observation): void {
    if (observation.kind !== 'stored' || observation.call.error !== undefined) return;
    const { method, args, storeTime, result } = observation.call;
    const ordinal = Number(args[2]);
    if (method === 'getServiceState') this.#read = result as ServiceStateRead;
    if (method === 'setServiceState') {
      const report = args[3] as PodReport;
      this.#since = (result as HeartbeatAck).since;
      const ended = hasEnded(report);
      const before = this.#last.get(ordinal);
      const wasSilent = before === undefined || isOver(before, storeTime);
      if ([...this.#last.values()].every((beat) => isOver(beat, storeTime))) this.#quietAt = storeTime;
      this.#last.set(ordinal, {
        at: storeTime,
        leaseMs: report.leaseMs,
        ended,
        pod: observation.pod,
        silentUntil: wasSilent ? storeTime : before.silentUntil,
        endedUntil: before?.ended === true ? storeTime : (before?.endedUntil ?? 0),
      });
    } else if (method === 'removeServiceState' && result === true) {
      const known = this.#last.get(ordinal);
      if (!known) return;
      // The removal of an entry within its lease makes the directory young: no pod counts as dead for another lease.
      const ran = !known.ended && storeTime - known.at <= known.leaseMs;
      this.#last.set(ordinal, ran ? { ...known, at: storeTime } : { ...known, ended: true });
    }
  }
}

function isOver({ ended, at, leaseMs }: LastBeat, storeTime: number): boolean {
  return ended || storeTime - at > leaseMs;
}
