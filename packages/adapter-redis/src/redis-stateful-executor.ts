import type { CallOptions, Logger, ServiceStateRead } from '@stateful-route/core';
import {
  type HeartbeatAck,
  type MarkServiceStateOptions,
  type PodReport,
  podWord,
  type RemoveServiceStateOptions,
  type StatefulExecutor,
  type StateWord,
  stateWord,
  type WorkloadReport,
  type WorkloadState,
} from '@stateful-route/core/adapter';
import type { Coalescer } from './calls/coalescer.ts';
import { undamaged } from './calls/damaged-items.ts';
import { fencedError } from './calls/fenced-error.ts';
import { eventsChannel, intentKey, podStateKeys, workloadKeys } from './keys.ts';
import { KnownPods } from './stored/pod-cache.ts';
import { reportJson } from './stored/pod-info.ts';
import { RedisLinks } from './redis-links.ts';
import { getServiceState } from './scripts/get-service-state.ts';
import { getWorkloadState } from './scripts/get-workload-state.ts';
import { markServiceState } from './scripts/mark-service-state.ts';
import { removeServiceState } from './scripts/remove-service-state.ts';
import { setServiceState } from './scripts/set-service-state.ts';
import { setWorkloadState } from './scripts/set-workload-state.ts';
import { knownByName } from './calls/known-by-name.ts';
import { storeCall as call } from './calls/store-call.ts';
import type { StoreClient } from './calls/store-client.ts';

/** Pod states, workload states and links in Redis. Arguments come checked. */
export class RedisStatefulExecutor extends RedisLinks implements StatefulExecutor {
  readonly #known: KnownPods;

  constructor(store: StoreClient, coalescer: Coalescer, logger: Logger) {
    super(store, coalescer);
    this.#known = new KnownPods(logger);
  }

  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
    options?: CallOptions,
  ): Promise<HeartbeatAck> {
    const { incarnation, beatenBefore, loadState, loadChangeThreshold } = report;
    const { outcome, epoch } = await this.store.read(
      setServiceState,
      podKeys(namespace, serviceName),
      {
        channel: eventsChannel(namespace, serviceName),
        podId,
        word: podWord(report),
        incarnation,
        beatenBefore,
        loadState,
        loadChangeThreshold,
        report: reportJson(report),
      },
      call('setServiceState', 'repeatable', options),
      (outcome, epoch) => ({ outcome, epoch }),
    );
    if (!('met' in outcome)) return { ...outcome, epoch };
    const { met } = outcome;
    throw fencedError('The heartbeat', { namespace, serviceName, podId, incarnation, met });
  }

  markServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    word: StateWord,
    options: MarkServiceStateOptions,
  ): Promise<boolean> {
    const { incarnation, updateTime } = options;
    return this.store.run(
      markServiceState,
      podStateKeys(namespace, serviceName),
      { podId, word, incarnation, updateTime },
      call('markServiceState', 'repeatable', options),
    );
  }

  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead> {
    const keys = podStateKeys(namespace, serviceName);
    const read = call('getServiceState', 'read', options);
    return this.store.read(getServiceState, keys, {}, read, (stored, epoch) => ({
      ...this.#known.read(keys.info, stored),
      epoch,
    }));
  }

  removeServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: RemoveServiceStateOptions,
  ): Promise<boolean> {
    const { incarnation, updateTime } = options ?? {};
    const exact = incarnation !== undefined && updateTime !== undefined;
    return this.store.run(
      removeServiceState,
      podKeys(namespace, serviceName),
      { channel: eventsChannel(namespace, serviceName), podId, incarnation, updateTime },
      call('removeServiceState', exact ? 'repeatable' : 'once', options),
    );
  }

  async setWorkloadState(
    namespace: string,
    serviceName: string,
    workload: WorkloadReport,
    options?: CallOptions,
  ): Promise<void> {
    const { state, replicas, readyReplicas } = workload;
    await this.store.run(
      setWorkloadState,
      workloadKeys(namespace, serviceName),
      { word: stateWord(state), report: JSON.stringify({ state, replicas, readyReplicas }) },
      call('setWorkloadState', 'repeatable', options),
    );
  }

  getWorkloadState(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<WorkloadState | undefined> {
    const keys = workloadKeys(namespace, serviceName);
    return this.coalescer.one(
      namespace,
      getWorkloadState,
      keys,
      {},
      call('getWorkloadState', 'read', options),
    );
  }

  async getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, WorkloadState>> {
    const keys = serviceNames.map((serviceName) => workloadKeys(namespace, serviceName));
    const read = call('getWorkloadStateBatch', 'read', options);
    const states = await this.coalescer.many(namespace, getWorkloadState, keys, {}, read);
    return knownByName(serviceNames, undamaged(serviceNames, states, read));
  }
}

/** What a change of a pod's entry touches. */
function podKeys(namespace: string, serviceName: string): Record<'words' | 'info' | 'intents', string> {
  return { ...podStateKeys(namespace, serviceName), intents: intentKey(namespace, serviceName) };
}
