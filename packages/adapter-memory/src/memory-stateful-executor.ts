import {
  type HeartbeatAck,
  type PodReport,
  type RemoveServiceStateOptions,
  routeError,
  type ServiceStateRead,
  type StatefulExecutor,
  type WorkloadReport,
  type WorkloadState,
} from '@stateful-route/core';
import { isNews, receive, rejuvenates, stateOf } from './heartbeat.ts';
import type { MemoryService } from './memory-service.ts';
import { MemoryLinkExecutor } from './memory-link-executor.ts';
import type { MemoryStateFeed } from './memory-state-feed.ts';
import type { MemoryStore } from './memory-store.ts';

/** Pod states, workload states and links in memory. Each call takes effect when it is made, in one step. */
export class MemoryStatefulExecutor extends MemoryLinkExecutor implements StatefulExecutor {
  readonly #store: MemoryStore;
  readonly #feed: MemoryStateFeed;

  constructor(store: MemoryStore, feed: MemoryStateFeed) {
    super(store);
    this.#store = store;
    this.#feed = feed;
  }

  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
  ): Promise<HeartbeatAck> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    const storeTime = this.#store.now();
    const stored = service.pods.get(podId);
    const reception = receive(report, stored);
    const { incarnation } = report;
    if (reception === 'fenced') {
      throw routeError(
        'FENCED',
        `Pod ${podId} of ${serviceName} has another life, or a later heartbeat, than that of ${incarnation}: stop serving.`,
        { namespace, serviceName, podId, incarnation },
      );
    }
    if (reception === 'new') {
      if (rejuvenates(report, stored, this.#read(service))) service.since = storeTime;
      const state = stateOf(podId, report, storeTime);
      const { leaseMs, seq } = report;
      const news = isNews(state, report, stored);
      const publishedLoad = news || !stored ? state.loadState : stored.publishedLoad;
      service.pods.set(podId, { state, incarnation, updateTime: storeTime, leaseMs, seq, publishedLoad });
      if (news) {
        const sequence = service.nextSequence();
        const event = { type: 'state', sequence, storeTime, podId, current: state } as const;
        this.#feed.publish(namespace, serviceName, event);
      }
    }
    return {
      storeTime,
      intent: service.intents.get(podId),
      previous: stored && { incarnation: stored.incarnation, updateTime: stored.updateTime },
    };
  }

  async getServiceState(namespace: string, serviceName: string): Promise<ServiceStateRead> {
    return this.#read(this.#store.service(namespace, serviceName));
  }

  #read(service: MemoryService | undefined): ServiceStateRead {
    const pods = [...(service?.pods ?? [])].toSorted(([a], [b]) => a - b);
    return {
      storeTime: this.#store.now(),
      since: service?.since,
      pods: new Map(pods.map(([podId, { state }]) => [podId, state])),
    };
  }

  async removeServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    { incarnation, updateTime }: RemoveServiceStateOptions = {},
  ): Promise<boolean> {
    const service = this.#store.service(namespace, serviceName);
    const stored = service?.pods.get(podId);
    if (!service || !stored) return false;
    if (incarnation !== undefined && incarnation !== stored.incarnation) return false;
    if (updateTime !== undefined && updateTime !== stored.updateTime) return false;
    service.pods.delete(podId);
    this.#feed.publish(namespace, serviceName, {
      type: 'state',
      sequence: service.nextSequence(),
      storeTime: this.#store.now(),
      podId,
    });
    return true;
  }

  async setWorkloadState(
    namespace: string,
    serviceName: string,
    { state, replicas, readyReplicas }: WorkloadReport,
  ): Promise<void> {
    const service = this.#store.serviceToChange(namespace, serviceName);
    service.workload = { state, replicas, readyReplicas, updateTime: this.#store.now() };
  }

  async getWorkloadState(namespace: string, serviceName: string): Promise<WorkloadState | undefined> {
    return this.#workload(namespace, serviceName);
  }

  async getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
  ): Promise<Map<string, WorkloadState>> {
    const found = new Map<string, WorkloadState>();
    for (const serviceName of serviceNames) {
      const workload = this.#workload(namespace, serviceName);
      if (workload) found.set(serviceName, workload);
    }
    return found;
  }

  #workload(namespace: string, serviceName: string): WorkloadState | undefined {
    const workload = this.#store.service(namespace, serviceName)?.workload;
    return workload && { ...workload, ageMs: Math.max(0, this.#store.now() - workload.updateTime) };
  }
}
