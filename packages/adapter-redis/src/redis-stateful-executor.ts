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
import {
  eventsChannel,
  podChangeKeys,
  podEntryKeys,
  podStateKeys,
  serviceReadKeys,
  workloadKeys,
} from './keys.ts';
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

const UNUSABLE =
  'The journal could not be written, or the orders not be read: give the user the rights of the README, or remove the key that is no stream or no list';

/** Pod states, workload states and links in Redis. The arguments have been checked. */
export class RedisStatefulExecutor extends RedisLinks implements StatefulExecutor {
  readonly #pods: PodCache;
  readonly #logger: Logger;

  constructor(calls: StoreCalls, logger: Logger) {
    super(calls);
    this.#pods = new PodCache(logger);
    this.#logger = logger;
  }

  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
    options?: CallOptions,
  ): Promise<HeartbeatAck> {
    const { incarnation, beatenBefore, loadState, loadChangeThreshold, guard } = report;
    const outcome = await this.calls.run(
      setServiceState,
      podEntryKeys(namespace, serviceName, podId),
      {
        channel: eventsChannel(namespace, serviceName),
        podId,
        word: podWord(report),
        incarnation,
        beatenBefore,
        loadState,
        loadChangeThreshold,
        report: reportJson(report),
        guard,
      },
      { name: 'setServiceState', options },
    );
    if (outcome.problem !== undefined) {
      this.#logger.warn({ namespace, serviceName, problem: outcome.problem }, UNUSABLE);
    }
    if ('ack' in outcome) return outcome.ack;
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
    const keys = serviceReadKeys(namespace, serviceName);
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
    const { incarnation, by } = options;
    const outcome = await this.calls.run(
      reportDead,
      podChangeKeys(namespace, serviceName),
      { channel: eventsChannel(namespace, serviceName), podId, incarnation, by },
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
    const { incarnation, updateTime, by } = options ?? {};
    return this.calls.run(
      removeServiceState,
      podEntryKeys(namespace, serviceName, podId),
      { channel: eventsChannel(namespace, serviceName), podId, incarnation, updateTime, by },
      { name: 'removeServiceState', options },
    );
  }

  async setWorkloadState(
    namespace: string,
    serviceName: string,
    workload: WorkloadReport,
    options?: CallOptions,
  ): Promise<void> {
    const { state, replicas, readyReplicas, desiredReplicas } = workload;
    await this.calls.run(
      setWorkloadState,
      workloadKeys(namespace, serviceName),
      { word: stateWord(state), report: JSON.stringify({ state, replicas, readyReplicas, desiredReplicas }) },
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
