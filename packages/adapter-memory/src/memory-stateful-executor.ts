import { routeError, type ServiceStateRead, type StatefulServiceState } from '@stateful-route/core';
import {
  compareIncarnations,
  type EnterRosterOptions,
  type HeartbeatAck,
  givesWay,
  hasEnded,
  type LeaveRosterOptions,
  type MarkServiceStateOptions,
  podFromWord,
  podWord,
  type PodReport,
  type ReadRosterOptions,
  type RemoveServiceStateOptions,
  type ReportDeadOptions,
  type RosterPage,
  sinceReset,
  type StatefulExecutor,
  type StateWord,
  type WorkloadReport,
  type WorkloadState,
} from '@stateful-route/core/adapter';
import {
  type DirectoryMark,
  isLeaseRunning,
  isNews,
  podEvent,
  receive,
  stateOf,
} from './stored/heartbeat.ts';
import { MemoryLinks } from './memory-links.ts';
import type { StoredService } from './stored/stored-service.ts';

/** Pod states, workload states, links and rosters in memory. Each call takes effect when it is made, in one step. */
export class MemoryStatefulExecutor extends MemoryLinks implements StatefulExecutor {
  async setServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    report: PodReport,
  ): Promise<HeartbeatAck> {
    const service = this.store.serviceToChange(namespace, serviceName);
    const storeTime = this.store.now();
    const met = service.pods.get(podId);
    const hadWord = service.words.has(podId);
    const { kind, incarnation } = receive(report, met, storeTime);
    if (kind === 'fenced') {
      service.journal.write(storeTime, {
        type: 'fenced',
        podId,
        incarnation: report.incarnation,
        met: incarnation,
      });
      throw routeError(
        'FENCED',
        compareIncarnations(incarnation, report.incarnation) === 0
          ? `Incarnation ${incarnation} of pod ${podId} of ${serviceName} was reported dead: it must stop serving.`
          : `Pod ${podId} of ${serviceName} has a later incarnation, ${incarnation}: ${report.incarnation} must stop serving.`,
        { namespace, serviceName, podId, incarnation: report.incarnation, met: incarnation },
      );
    }
    if (kind === 'stored') {
      const marks = this.#markDirectory(service, podId, report, storeTime);
      const state = stateOf(podId, report, incarnation, storeTime);
      const news = isNews(state, report, met);
      const word = podWord(report);
      service.pods.set(podId, {
        state,
        incarnation,
        updateTime: storeTime,
        seq: report.seq,
        word,
        publishedLoad: news || !met ? state.loadState : met.publishedLoad,
      });
      service.words.set(podId, word);
      const event = podEvent(state, report, met);
      if (event) service.journal.write(storeTime, event);
      for (const is of marks) service.journal.write(storeTime, { type: 'directory', podId, is });
      const { guard } = report;
      if (guard !== undefined && guard !== service.guard) {
        service.guard = guard;
        service.journal.write(storeTime, { type: 'guard', podId, active: guard });
      }
      if (news) {
        const sequence = service.nextSequence();
        const event = { type: 'state', sequence, storeTime, podId, current: state } as const;
        this.feed.publish(namespace, serviceName, event);
      }
    }
    return {
      storeTime,
      epoch: this.store.epoch,
      since: service.since,
      restored: service.restored,
      incarnation,
      ...service.intentOf(podId),
      orders: service.orders.waiting(podId),
      previous: met || hadWord ? { incarnation: met?.incarnation, updateTime: met?.updateTime } : undefined,
    };
  }

  /** Updates the directory's own fields for a heartbeat, by what was stored before it. Returns what became of it. */
  #markDirectory(
    service: StoredService,
    podId: number,
    { beatenBefore, leaseMs }: PodReport,
    storeTime: number,
  ): DirectoryMark[] {
    const marks: DirectoryMark[] = [];
    const read = this.#read(service, storeTime, detailsOf(service));
    const { since = storeTime } = read;
    if (beatenBefore && !service.pods.has(podId) && storeTime - since <= leaseMs) {
      if (service.restored === undefined) marks.push('restored');
      service.restored ??= storeTime;
    }
    const { resets, quiet } = sinceReset(read, podId);
    if (!resets) return marks;
    service.since = storeTime;
    service.quiet = quiet ? storeTime : undefined;
    return [...marks, quiet ? 'quiet' : 'young'];
  }

  async getServiceState(namespace: string, serviceName: string): Promise<ServiceStateRead> {
    const service = this.store.service(namespace, serviceName);
    const storeTime = this.store.now();
    return this.#read(service, storeTime, service ? podsOf(service, storeTime) : []);
  }

  #read(
    service: StoredService | undefined,
    storeTime: number,
    pods: readonly StatefulServiceState[],
  ): ServiceStateRead {
    return {
      storeTime,
      epoch: this.store.epoch,
      since: service?.since,
      restored: service?.restored,
      quiet: service?.quiet,
      frozen: service?.frozen,
      callers: service?.callersAt(storeTime),
      pods: new Map(pods.toSorted((a, b) => a.podId - b.podId).map((pod) => [pod.podId, pod])),
    };
  }

  async markServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    word: StateWord,
    { incarnation, updateTime }: MarkServiceStateOptions,
  ): Promise<boolean> {
    const service = this.store.service(namespace, serviceName);
    const stored = service?.pods.get(podId);
    if (stored?.incarnation !== incarnation || stored.updateTime !== updateTime) return false;
    if (service!.words.get(podId) !== stored.word) return false;
    service!.pods.set(podId, { ...stored, word });
    service!.words.set(podId, word);
    return true;
  }

  async reportDead(
    namespace: string,
    serviceName: string,
    podId: number,
    { incarnation, by }: ReportDeadOptions,
  ): Promise<boolean> {
    const service = this.store.service(namespace, serviceName);
    const stored = service?.pods.get(podId);
    if (!stored) return false;
    if (compareIncarnations(stored.incarnation, incarnation) !== 0) {
      throw routeError(
        'FENCED',
        `Pod ${podId} of ${serviceName} is of incarnation ${stored.incarnation}, not ${incarnation}: nothing was changed.`,
        { namespace, serviceName, podId, incarnation, met: stored.incarnation },
      );
    }
    if (hasEnded(stored.state)) return true;
    const state = Object.freeze({ ...stored.state, state: 'FAILED' as const });
    const word = podWord(state);
    const isOwnWord = service!.words.get(podId) === stored.word;
    service!.pods.set(podId, { ...stored, state, isDead: true, word: isOwnWord ? word : stored.word });
    if (isOwnWord) service!.words.set(podId, word);
    const sequence = service!.nextSequence();
    const storeTime = this.store.now();
    service!.journal.write(storeTime, { type: 'dead', podId, incarnation: stored.incarnation, by });
    this.feed.publish(namespace, serviceName, { type: 'state', sequence, storeTime, podId, current: state });
    return true;
  }

  async removeServiceState(
    namespace: string,
    serviceName: string,
    podId: number,
    { incarnation, updateTime, by }: RemoveServiceStateOptions = {},
  ): Promise<boolean> {
    const service = this.store.service(namespace, serviceName);
    if (!service) return false;
    const storeTime = this.store.now();
    const stored = service.pods.get(podId);
    const isOperators = incarnation === undefined && updateTime === undefined;
    if (isOperators) {
      service.intents.delete(podId);
      service.drainRates.delete(podId);
      service.orders.remove(podId);
    }
    if (!stored && !(isOperators && service.words.has(podId))) return false;
    if (incarnation !== undefined && incarnation !== stored?.incarnation) return false;
    if (updateTime !== undefined && updateTime !== stored?.updateTime) return false;
    const isOver = stored && !isLeaseRunning(stored.state, storeTime);
    service.journal.write(storeTime, { type: 'removed', podId, by });
    if (isOperators && !isOver && service.since !== undefined) {
      service.since = storeTime;
      service.quiet = undefined;
      service.journal.write(storeTime, { type: 'directory', podId, is: 'young' });
    }
    service.pods.delete(podId);
    if (isOperators || service.words.get(podId) === stored?.word) service.words.delete(podId);
    const word = service.words.get(podId);
    const current = word === undefined ? undefined : podFromWord(podId, word);
    const sequence = service.nextSequence();
    this.feed.publish(namespace, serviceName, { type: 'state', sequence, storeTime, podId, current });
    return true;
  }

  async setWorkloadState(
    namespace: string,
    serviceName: string,
    { state, replicas, readyReplicas, desiredReplicas }: WorkloadReport,
  ): Promise<void> {
    const service = this.store.serviceToChange(namespace, serviceName);
    const updateTime = this.store.now();
    service.workload = { state, replicas, readyReplicas, desiredReplicas, updateTime };
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

  async enterRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    { incarnation }: EnterRosterOptions,
  ): Promise<number> {
    return this.store.rosters.enter(namespace, serviceName, podId, uid, incarnation);
  }

  async leaveRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    uid: string,
    { number }: LeaveRosterOptions,
  ): Promise<boolean> {
    return this.store.rosters.leave(namespace, serviceName, podId, uid, number);
  }

  async readRoster(
    namespace: string,
    serviceName: string,
    podId: number,
    { cursor }: ReadRosterOptions = {},
  ): Promise<RosterPage> {
    return this.store.rosters.read(namespace, serviceName, podId, cursor);
  }

  #workload(namespace: string, serviceName: string): WorkloadState | undefined {
    const workload = this.store.service(namespace, serviceName)?.workload;
    return workload && { ...workload, ageMs: Math.max(0, this.store.now() - workload.updateTime) };
  }
}

/** A service's pods by their heartbeats, without the words. */
function detailsOf({ pods }: StoredService): readonly StatefulServiceState[] {
  return [...pods.values()].map(({ state }) => state);
}

/** A service's pods, with those of the older sides. */
function podsOf(service: StoredService, storeTime: number): readonly StatefulServiceState[] {
  const { pods, words } = service;
  const all = new Map<number, StatefulServiceState>();
  for (const [podId, word] of words) all.set(podId, podFromWord(podId, word));
  for (const [podId, { state, word }] of pods) {
    if (!givesWay(state, word, words.get(podId), storeTime)) all.set(podId, state);
  }
  return [...all.values()];
}
