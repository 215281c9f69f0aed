import type {
  HeartbeatAck,
  PodIntent,
  PodReport,
  RemoveServiceStateOptions,
  ServiceStateRead,
  WorkloadReport,
  WorkloadState,
} from '@stateful-route/core';
import type { ModelClock } from './model-clock.ts';

interface Beat {
  readonly service: string;
  readonly podId: number;
  readonly report: PodReport;
  readonly at: number;
}

interface Workload {
  readonly report: WorkloadReport;
  readonly from: number;
  at?: number;
}

/** Pods, intents and workloads as the ports' contracts describe them. */
export class ModelPods {
  readonly #clock: ModelClock;
  #beats: Beat[] = [];
  readonly #since = new Map<string, number>();
  readonly #intents = new Map<string, PodIntent>();
  readonly #workloads = new Map<string, Workload>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  /** The reply to a heartbeat; `undefined` where it is refused. */
  beat(service: string, podId: number, report: PodReport, told?: HeartbeatAck): HeartbeatAck | undefined {
    const at = this.#clock.time(told?.storeTime);
    const before = this.#find(service, podId);
    const sameLife = before?.report.incarnation === report.incarnation;
    if (before && (sameLife ? report.seq < before.report.seq : !report.first)) return undefined;
    if (!before || !sameLife || report.seq > before.report.seq) {
      const since = this.#since.get(service);
      const wasSilent = before && sameLife && at - before.at > before.report.leaseMs;
      const isOld = since !== undefined && at - since > report.leaseMs;
      const comesAnew = !sameLife && isOld && this.#mostAreSilent(service, at);
      if (since === undefined || wasSilent || comesAnew) this.#since.set(service, at);
      this.#forget(service, podId);
      this.#beats.push({ service, podId, report, at });
    }
    return {
      storeTime: at,
      intent: this.#intents.get(`${service}/${podId}`),
      previous: before && { incarnation: before.report.incarnation, updateTime: before.at },
    };
  }

  read(service: string, told?: ServiceStateRead): ServiceStateRead {
    const own = this.#beats.filter((beat) => beat.service === service).toSorted((a, b) => a.podId - b.podId);
    return {
      storeTime: this.#clock.time(told?.storeTime),
      since: this.#since.get(service),
      pods: new Map(
        own.map(({ podId, at, report: { seq: _seq, first: _first, metadata = {}, ...fields } }) => [
          podId,
          { podId, ...fields, metadata, updateTime: at },
        ]),
      ),
    };
  }

  /** Of two or more pods that have not said their last word, more than half between one and three leases old. */
  #mostAreSilent(service: string, at: number): boolean {
    const leases = this.#beats
      .filter((beat) => beat.service === service && !['TERMINATING', 'FAILED'].includes(beat.report.state))
      .map((beat) => (at - beat.at) / beat.report.leaseMs);
    const silent = leases.filter((age) => age > 1 && age <= 3);
    return leases.length >= 2 && silent.length > leases.length / 2;
  }

  /** The time of the pod's heartbeat, or of none. */
  timeOf(service: string, podId: number): number {
    return this.#find(service, podId)?.at ?? 1_000;
  }

  remove(service: string, podId: number, { incarnation, updateTime }: RemoveServiceStateOptions): boolean {
    const before = this.#find(service, podId);
    if (!before) return false;
    if (incarnation !== undefined && incarnation !== before.report.incarnation) return false;
    if (updateTime !== undefined && updateTime !== before.at) return false;
    this.#forget(service, podId);
    return true;
  }

  intend(service: string, podId: number, intent: PodIntent): void {
    this.#intents.set(`${service}/${podId}`, intent);
  }

  setWorkload(service: string, report: WorkloadReport): void {
    this.#workloads.set(service, { report, from: this.#clock.now });
  }

  workload(service: string, told?: WorkloadState): WorkloadState | undefined {
    const workload = this.#workloads.get(service);
    if (!workload) return undefined;
    // a write does not tell its time: the first reading does
    workload.at ??= this.#clock.timeSince(told?.updateTime, workload.from);
    const ageMs = this.#clock.age(told?.ageMs, Math.max(0, this.#clock.now - workload.at));
    return { ...workload.report, updateTime: workload.at, ageMs };
  }

  #find(service: string, podId: number): Beat | undefined {
    return this.#beats.find((beat) => beat.service === service && beat.podId === podId);
  }

  #forget(service: string, podId: number): void {
    this.#beats = this.#beats.filter((beat) => beat.service !== service || beat.podId !== podId);
  }
}
