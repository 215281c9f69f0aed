import {
  isAlive,
  isRoutable,
  type ReplicaTarget,
  type ServiceStateRead,
  type StatefulServiceState,
} from '@stateful-route/core';
import {
  ageMsOf,
  hasEnded,
  isMassExpiry,
  isPrunable,
  leaderOf,
  suspectAfterMs,
} from '@stateful-route/core/adapter';
import type { PodPlace } from '../wiring/place.ts';
import { Balancer, type BalancerParts } from './balancer.ts';
import { ReplicaAdvice } from './replica-advice.ts';

const UNREPORTED = 'the workload was not reported this time';
const UNTIDIED = 'some silent or dead pods were not marked or removed this time';

/** What a leader depends on. */
export interface WorkloadLeaderParts extends BalancerParts {
  readonly periodMs: number;
  readonly replicaTarget: ReplicaTarget | undefined;
  /** The pod leads, and the mass-expiry guard is not what its heartbeats have said. */
  readonly onGuard: () => void;
}

/**
 * The duties of the alive pod with the lowest ordinal: it reports the workload and the mass-expiry guard, marks silent pods
 * `NOT_READY`, so that Go and Java callers stop calling them too, removes the entries of pods long dead, and keeps the service even.
 * Every pod checks in each period whether it is the leader. Two leaders for a moment do no harm: they write the same, and mark and
 * remove only entries that have not changed.
 */
export class WorkloadLeader {
  readonly #pod: PodPlace;
  readonly #parts: WorkloadLeaderParts;
  readonly #balancer: Balancer;
  readonly #advice: ReplicaAdvice;
  #cancelTimer: (() => void) | undefined;
  #imbalance: number | undefined;
  #callers: number | undefined;
  #guard: boolean | undefined;
  #ended = false;

  constructor(pod: PodPlace, parts: WorkloadLeaderParts) {
    this.#pod = pod;
    this.#parts = parts;
    this.#balancer = new Balancer(pod, parts);
    this.#advice = new ReplicaAdvice(parts.replicaTarget);
  }

  /** The fullest pod's load over the mean, less 1, of the pods that take new users; `undefined` unless this pod leads. */
  get imbalance(): number | undefined {
    return this.#imbalance;
  }

  /** How many callers place users; `undefined` unless this pod leads. */
  get callers(): number | undefined {
    return this.#callers;
  }

  /** How many pods the service should have; `undefined` without a target, and unless this pod leads. */
  get desiredReplicas(): number | undefined {
    return this.#advice.replicas;
  }

  /** Whether the mass-expiry guard holds; `undefined` unless this pod leads. */
  get guard(): boolean | undefined {
    return this.#guard;
  }

  /** Checks now, and then in every period. */
  begin(): void {
    void this.#round();
    this.#balancer.begin();
  }

  end(): void {
    this.#ended = true;
    this.#balancer.end();
    this.#cancelTimer?.();
  }

  async #round(): Promise<void> {
    const { clock, logger, periodMs } = this.#parts;
    try {
      await this.#lead();
      logger.over({ ...this.#pod }, UNREPORTED, 'the workload is reported again');
    } catch (error) {
      this.#imbalance = undefined;
      this.#callers = undefined;
      this.#guard = undefined;
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
    this.#imbalance = undefined;
    this.#callers = undefined;
    const guardBefore = this.#guard;
    this.#guard = undefined;
    if (this.#ended || leaderOf(read) !== podId) return this.#advice.forget();
    this.#guard = isMassExpiry(read);
    if (this.#guard !== (guardBefore ?? false)) this.#parts.onGuard();
    const routable = aged.filter(({ pod, ageMs }) => isRoutable(pod, ageMs));
    const readyReplicas = routable.length;
    this.#callers = read.callers ?? 0;
    this.#imbalance = imbalanceOf(routable.map(({ pod }) => pod.loadState));
    await this.#tidy(read);
    await stateful.setWorkloadState(namespace, serviceName, {
      state: readyReplicas > 0 ? 'READY' : 'NOT_READY',
      replicas: alive.length,
      readyReplicas,
      desiredReplicas: this.#advice.take(read),
    });
  }

  /** Removes dead pods and marks silent ones. A failure for one pod is logged and does not stop the others. */
  async #tidy(read: ServiceStateRead): Promise<void> {
    const { logger } = this.#parts;
    const done = await Promise.allSettled([...read.pods.values()].map((pod) => this.#tidyPod(read, pod)));
    const failed = done.filter((each) => each.status === 'rejected');
    if (failed.length === 0) {
      logger.over({ ...this.#pod }, UNTIDIED, 'pods that are silent or dead are marked and removed again');
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

function imbalanceOf(loads: readonly number[]): number | undefined {
  if (loads.length === 0) return undefined;
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return mean === 0 ? 0 : Math.max(...loads) / mean - 1;
}
