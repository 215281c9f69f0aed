import {
  type CallOptions,
  type HeartbeatAck,
  type PodReport,
  type RemoveServiceStateOptions,
  routeError,
  type ServiceStateRead,
  type StatefulExecutor,
  type WorkloadReport,
  type WorkloadState,
} from '@stateful-route/core';
import { eventsChannel, intentKey, podStateKeys, workloadKeys } from './keys.ts';
import { KnownPods } from './known-pods.ts';
import { knownWord, podWord, reportJson } from './pod-info.ts';
import { RedisLinks } from './redis-links.ts';
import { getServiceState } from './scripts/get-service-state.ts';
import { getWorkloadState } from './scripts/get-workload-state.ts';
import { removeServiceState } from './scripts/remove-service-state.ts';
import { setServiceState } from './scripts/set-service-state.ts';
import { setWorkloadState } from './scripts/set-workload-state.ts';
import { knownByName } from './known-by-name.ts';
import { storeCall as call } from './store-call.ts';

/** Pod states, workload states and links in Redis. Arguments come checked. */
export class RedisStatefulExecutor extends RedisLinks implements StatefulExecutor {
  readonly #known = new KnownPods();

  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
    options?: CallOptions,
  ): Promise<HeartbeatAck> {
    const { incarnation, first, loadState, loadChangeThreshold } = report;
    const { fenced, ...ack } = await this.store.run(
      setServiceState,
      { ...podStateKeys(namespace, serviceName), intents: intentKey(namespace, serviceName) },
      {
        channel: eventsChannel(namespace, serviceName),
        podId,
        word: podWord(report),
        first,
        loadState,
        loadChangeThreshold,
        report: reportJson(report),
      },
      call('setServiceState', 'repeatable', options),
    );
    if (!fenced) return ack as HeartbeatAck;
    throw routeError(
      'FENCED',
      `Pod ${podId} of ${serviceName} has been taken over by a later start or a later heartbeat. Start as a new incarnation.`,
      { namespace, serviceName, podId, incarnation },
    );
  }

  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead> {
    const keys = podStateKeys(namespace, serviceName);
    const read = call('getServiceState', 'read', options);
    return this.store.read(getServiceState, keys, {}, read, (stored) => this.#known.read(keys.info, stored));
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
      podStateKeys(namespace, serviceName),
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
      { word: knownWord(state), report: JSON.stringify({ state, replicas, readyReplicas }) },
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
    const states = await this.coalescer.many(
      namespace,
      getWorkloadState,
      keys,
      {},
      call('getWorkloadStateBatch', 'read', options),
    );
    return knownByName(serviceNames, states);
  }
}
