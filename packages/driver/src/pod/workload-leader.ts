import {
  ageMsOf,
  type Clock,
  isAlive,
  isPrunable,
  isRoutable,
  type LimitedLogger,
  type StatefulExecutor,
} from '@stateful-route/core';

const UNREPORTED = 'the workload was not reported this time';

/** What a leader stands on. */
export interface WorkloadLeaderParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly periodMs: number;
}

/**
 * What the alive pod with the lowest ordinal does for all: reports the workload and removes entries of pods long dead.
 * Every pod asks itself in each period whether it is the one. Two that think so for a moment do no harm: they write the
 * same, and remove only what they read.
 */
export class WorkloadLeader {
  readonly #pod: { readonly namespace: string; readonly serviceName: string; readonly podId: number };
  readonly #parts: WorkloadLeaderParts;
  #cancelTimer: (() => void) | undefined;
  #ended = false;

  constructor(
    pod: { readonly namespace: string; readonly serviceName: string; readonly podId: number },
    parts: WorkloadLeaderParts,
  ) {
    this.#pod = pod;
    this.#parts = parts;
  }

  /** Leads at once, if it is this pod's turn, and then in every period. */
  begin(): void {
    void this.#round();
  }

  end(): void {
    this.#ended = true;
    this.#cancelTimer?.();
  }

  async #round(): Promise<void> {
    const { clock, logger, periodMs } = this.#parts;
    try {
      await this.#lead();
      logger.over(this.#pod, UNREPORTED, 'the workload is reported again');
    } catch (error) {
      if (!this.#ended) logger.warn({ err: error, ...this.#pod }, UNREPORTED);
    }
    if (this.#ended) return;
    this.#cancelTimer = clock.setTimeout(() => {
      void this.#round();
    }, periodMs);
  }

  async #lead(): Promise<void> {
    const { namespace, serviceName, podId } = this.#pod;
    const { stateful } = this.#parts;
    const read = await stateful.getServiceState(namespace, serviceName);
    const { storeTime, pods } = read;
    const aged = [...pods.values()].map((pod) => ({ pod, ageMs: ageMsOf(pod, storeTime) }));
    const alive = aged.filter(({ pod, ageMs }) => isAlive(pod, ageMs));
    if (this.#ended || alive[0]?.pod.podId !== podId) return;
    const readyReplicas = aged.filter(({ pod, ageMs }) => isRoutable(pod, ageMs)).length;
    await stateful.setWorkloadState(namespace, serviceName, {
      state: readyReplicas > 0 ? 'READY' : 'NOT_READY',
      replicas: alive.length,
      readyReplicas,
    });
    const longDead = [...pods.values()].filter((pod) => isPrunable(read, pod));
    await Promise.all(
      longDead.map(({ podId: dead, incarnation, updateTime }) =>
        stateful.removeServiceState(namespace, serviceName, dead, { incarnation, updateTime }),
      ),
    );
  }
}
