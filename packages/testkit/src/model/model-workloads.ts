import type { WorkloadReport, WorkloadState } from '@stateful-route/core/adapter';
import type { ModelClock } from './model-clock.ts';

interface Workload {
  readonly report: WorkloadReport;
  readonly from: number;
  at?: number;
}

/** Workloads as the ports' contracts describe them. */
export class ModelWorkloads {
  readonly #clock: ModelClock;
  readonly #workloads = new Map<string, Workload>();

  constructor(clock: ModelClock) {
    this.#clock = clock;
  }

  set(service: string, report: WorkloadReport): void {
    this.#workloads.set(service, { report, from: this.#clock.now });
  }

  read(service: string, replied?: WorkloadState): WorkloadState | undefined {
    const workload = this.#workloads.get(service);
    if (!workload) return undefined;
    // A write does not return its time, the first reading does.
    workload.at ??= this.#clock.timeSince(replied?.updateTime, workload.from);
    const ageMs = this.#clock.age(replied?.ageMs, Math.max(0, this.#clock.now - workload.at));
    return { ...workload.report, updateTime: workload.at, ageMs };
  }
}
