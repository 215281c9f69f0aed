import {
  type Clock,
  isAlive,
  isRoutable,
  type ServiceStateRead,
  type StatefulServiceState,
} from '@stateful-route/core';
import {
  ageMsOf,
  hasEnded,
  isPrunable,
  type LimitedLogger,
  type StatefulExecutor,
  suspectAfterMs,
} from '@stateful-route/core/adapter';

const UNREPORTED = 'the workload was not reported this time';
const UNTIDIED = 'some pods that are silent or dead were not marked or removed this time';

/** What a leader stands on. */
export interface WorkloadLeaderParts {
  readonly stateful: StatefulExecutor;
  readonly clock: Clock;
  readonly logger: LimitedLogger;
  readonly periodMs: number;
}

/**
 * What the alive pod with the lowest ordinal does for all: it reports the workload, marks pods that are silent, so that the
 * other sides stop calling them too, and removes entries of pods long dead. Every pod asks itself in each period whether it is
 * the one. Two that think so for a moment do no harm: they write the same, and mark and remove only what they read.
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
    // A pod known only by a word cannot lead: nobody may be behind the word any more.
    const leader = alive.find(({ ageMs }) => ageMs !== undefined);
    if (this.#ended || leader?.pod.podId !== podId) return;
    const readyReplicas = aged.filter(({ pod, ageMs }) => isRoutable(pod, ageMs)).length;
    await this.#tidy(read);
    await stateful.setWorkloadState(namespace, serviceName, {
      state: readyReplicas > 0 ? 'READY' : 'NOT_READY',
      replicas: alive.length,
      readyReplicas,
    });
  }

  /** Removes pods that are long dead, and marks those that are silent. Never rejects: what is damaged holds up nothing else. */
  async #tidy(read: ServiceStateRead): Promise<void> {
    const { logger } = this.#parts;
    const done = await Promise.allSettled([...read.pods.values()].map((pod) => this.#tidyPod(read, pod)));
    const failed = done.filter((each) => each.status === 'rejected');
    if (failed.length === 0) {
      logger.over(this.#pod, UNTIDIED, 'pods that are silent or dead are marked and removed again');
    } else if (!this.#ended) {
      logger.warn({ err: failed[0]!.reason as unknown, pods: failed.length, ...this.#pod }, UNTIDIED);
    }
  }

  async #tidyPod(read: ServiceStateRead, pod: StatefulServiceState): Promise<void> {
    const { namespace, serviceName } = this.#pod;
    const { podId, incarnation, updateTime } = pod;
    const ageMs = ageMsOf(pod, read.storeTime);
    if (incarnation === undefined || updateTime === undefined || ageMs === undefined) return;
    const { stateful } = this.#parts;
    const entry = { incarnation, updateTime };
    if (isPrunable(read, pod)) {
      await stateful.removeServiceState(namespace, serviceName, podId, entry);
    } else if (ageMs > suspectAfterMs(pod) && !hasEnded(pod)) {
      await stateful.markServiceState(namespace, serviceName, podId, 'NOT_READY', entry);
    }
  }
}
