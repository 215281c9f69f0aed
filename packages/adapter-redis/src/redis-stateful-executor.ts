import type { CallOptions, Logger, ServiceStateRead } from '@stateful-route/core';
import {
  compareIncarnations,
  type HeartbeatAck,
  type MarkServiceStateOptions,
  type PodReport,
  podWord,
  type RemoveServiceStateOptions,
  type ReportDeadOptions,
  type StatefulExecutor,
  stateWord,
  type StateWord,
  type WorkloadReport,
  type WorkloadState,
} from '@stateful-route/core/adapter';
import { undamaged, valuesByName } from './calls/batch-replies.ts';
import { fencedError, otherIncarnationError, reportedDeadError } from './calls/errors.ts';
import { eventsChannel, intentKey, podStateKeys, workloadKeys } from './keys.ts';
import { PodCache } from './stored/pod-cache.ts';
import { reportJson } from './stored/pod-info.ts';
import { RedisLinks } from './redis-links.ts';
import { getServiceState } from './scripts/get-service-state.ts';
import { getWorkloadState } from './scripts/get-workload-state.ts';
import { markServiceState } from './scripts/mark-service-state.ts';
import { removeServiceState } from './scripts/remove-service-state.ts';
import { reportDead } from './scripts/report-dead.ts';
import { setServiceState } from './scripts/set-service-state.ts';
import { setWorkloadState } from './scripts/set-workload-state.ts';
import type { StoreCalls } from './calls/store-calls.ts';

/** Pod states, workload states and links in Redis. The arguments have been checked. */
export class RedisStatefulExecutor extends RedisLinks implements StatefulExecutor {
  readonly #pods: PodCache;

  constructor(calls: StoreCalls, logger: Logger) {
    super(calls);
    this.#pods = new PodCache(logger);
  }

  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
    options?: CallOptions,
  ): Promise<HeartbeatAck> {
    const { incarnation, beatenBefore, loadState, loadChangeThreshold } = report;
    const outcome = await this.calls.run(
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
      { name: 'setServiceState', options },
    );
    if (!('met' in outcome)) return outcome;
    const { met } = outcome;
    const fields = { namespace, serviceName, podId, incarnation, met };
    if (compareIncarnations(met, incarnation) === 0) throw reportedDeadError(fields);
    throw fencedError('The heartbeat', fields);
  }

  markServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    word: StateWord,
    options: MarkServiceStateOptions,
  ): Promise<boolean> {
    const { incarnation, updateTime } = options;
    return this.calls.run(
      markServiceState,
      podStateKeys(namespace, serviceName),
      { podId, word, incarnation, updateTime },
      { name: 'markServiceState', options },
    );
  }

  getServiceState(namespace: string, serviceName: string, options?: CallOptions): Promise<ServiceStateRead> {
    const keys = podStateKeys(namespace, serviceName);
    const read = { name: 'getServiceState', options } as const;
    return this.calls.run(getServiceState, keys, {}, read, (reply, storeTime, epoch) => ({
      ...this.#pods.read(keys.info, getServiceState.decode(reply, storeTime, epoch)),
      epoch,
    }));
  }

  async reportDead(
    namespace: string,
    serviceName: string,
    podId: number,
    options: ReportDeadOptions,
  ): Promise<boolean> {
    const { incarnation } = options;
    const outcome = await this.calls.run(
      reportDead,
      podStateKeys(namespace, serviceName),
      { channel: eventsChannel(namespace, serviceName), podId, incarnation },
      { name: 'reportDead', options },
    );
    if (typeof outcome === 'boolean') return outcome;
    throw otherIncarnationError({ namespace, serviceName, podId, incarnation, met: outcome.met });
  }

  removeServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    options?: RemoveServiceStateOptions,
  ): Promise<boolean> {
    const { incarnation, updateTime } = options ?? {};
    return this.calls.run(
      removeServiceState,
      podKeys(namespace, serviceName),
      { channel: eventsChannel(namespace, serviceName), podId, incarnation, updateTime },
      { name: 'removeServiceState', options },
    );
  }

  async setWorkloadState(
    namespace: string,
    serviceName: string,
    workload: WorkloadReport,
    options?: CallOptions,
  ): Promise<void> {
    const { state, replicas, readyReplicas } = workload;
    await this.calls.run(
      setWorkloadState,
      workloadKeys(namespace, serviceName),
      { word: stateWord(state), report: JSON.stringify({ state, replicas, readyReplicas }) },
      { name: 'setWorkloadState', options },
    );
  }

  getWorkloadState(
    namespace: string,
    serviceName: string,
    options?: CallOptions,
  ): Promise<WorkloadState | undefined> {
    const keys = workloadKeys(namespace, serviceName);
    return this.calls.one(namespace, getWorkloadState, keys, {}, { name: 'getWorkloadState', options });
  }

  async getWorkloadStateBatch(
    namespace: string,
    serviceNames: readonly string[],
    options?: CallOptions,
  ): Promise<Map<string, WorkloadState>> {
    const keys = serviceNames.map((serviceName) => workloadKeys(namespace, serviceName));
    const read = { name: 'getWorkloadStateBatch', options } as const;
    const states = await this.calls.many(namespace, getWorkloadState, keys, {}, read);
    return valuesByName(serviceNames, undamaged(serviceNames, states, read));
  }
}

/** The keys of a pod's entry. */
function podKeys(namespace: string, serviceName: string): Record<'words' | 'info' | 'intents', string> {
  return { ...podStateKeys(namespace, serviceName), intents: intentKey(namespace, serviceName) };
}
