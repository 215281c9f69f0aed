import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { hasEnded, type HeartbeatAck, type PodReport } from '@stateful-route/core/adapter';
import type { ObservedPod, Observation } from './observation.ts';

/** The last heartbeat of an ordinal that the store took, whether or not it kept it. */
export interface LastBeat {
  readonly at: number;
  readonly leaseMs: number;
  /** It said that the pod's life is over, or an operator removed a pod that was past its lease. */
  readonly ended: boolean;
  readonly pod: ObservedPod | undefined;
  /** When a heartbeat last ended a silence of more than a lease. */
  readonly silentUntil: number;
}

/** What the pods said to the store, also where the store has lost it since. */
export class Beats {
  readonly #last = new Map<number, LastBeat>();
  #quietAt = 0;
  #since: number | undefined;
  #read: ServiceStateRead | undefined;

  /** When a heartbeat last came after all pods had been silent for their leases, as when the store was away. */
  get quietAt(): number {
    return this.#quietAt;
  }

  /** Since when the directory is kept without a gap, as a heartbeat's reply said last. */
  get since(): number | undefined {
    return this.#since;
  }

  /** Whether the last reading had an entry of the ordinal: a pod that is long dead, or has ended, is pruned. */
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
      const ended = hasEnded(report as unknown as StatefulServiceState);
      const before = this.#last.get(ordinal);
      const wasSilent = before === undefined || isOver(before, storeTime);
      if ([...this.#last.values()].every((beat) => isOver(beat, storeTime))) this.#quietAt = storeTime;
      this.#last.set(ordinal, {
        at: storeTime,
        leaseMs: report.leaseMs,
        ended,
        pod: observation.pod,
        silentUntil: wasSilent ? storeTime : before.silentUntil,
      });
    } else if (method === 'removeServiceState' && result === true) {
      const known = this.#last.get(ordinal);
      if (!known) return;
      // one whose lease still ran makes the directory young: nobody is dead for another lease
      const ran = !known.ended && storeTime - known.at <= known.leaseMs;
      this.#last.set(ordinal, ran ? { ...known, at: storeTime } : { ...known, ended: true });
    }
  }
}

function isOver({ ended, at, leaseMs }: LastBeat, storeTime: number): boolean {
  return ended || storeTime - at > leaseMs;
}
