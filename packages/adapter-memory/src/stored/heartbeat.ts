import type { StatefulServiceState, StoreEvent } from '@stateful-route/core';
import {
  ageMsOf,
  compareIncarnations,
  formatIncarnation,
  hasEnded,
  isSameRun,
  leaseMsOf,
  parseIncarnation,
  type PodReport,
} from '@stateful-route/core/adapter';
import type { PodEntry } from './stored-service.ts';

/** The outcome of a heartbeat: stored, acknowledged without change, or refused as that of an earlier incarnation. */
export interface Reception {
  readonly kind: 'stored' | 'acknowledged' | 'fenced';
  /** The stored incarnation after the heartbeat. */
  readonly incarnation: string;
}

/** Compares a heartbeat with the stored entry. */
export function receive(report: PodReport, met: PodEntry | undefined, storeTime: number): Reception {
  const { incarnation } = report;
  if (!met) return { kind: 'stored', incarnation };
  const order = compareIncarnations(incarnation, met.incarnation);
  if (isSameRun(incarnation, met.incarnation)) {
    if (order < 0) return { kind: 'fenced', incarnation: met.incarnation };
    if (order === 0 && met.isDead && !hasEnded(report))
      return { kind: 'fenced', incarnation: met.incarnation };
    if (order === 0 && report.seq <= met.seq) return { kind: 'acknowledged', incarnation: met.incarnation };
    return { kind: 'stored', incarnation: startedFrom(incarnation, startOf(met.incarnation)) };
  }
  if (!report.beatenBefore && !isLeaseRunning(met.state, storeTime)) {
    return { kind: 'stored', incarnation: startedFrom(incarnation, startOf(met.incarnation) + 1) };
  }
  return order > 0 ? { kind: 'stored', incarnation } : { kind: 'fenced', incarnation: met.incarnation };
}

function startOf(incarnation: string): number {
  return parseIncarnation(incarnation).start;
}

/** The incarnation with this start, if its own is smaller. */
function startedFrom(incarnation: string, least: number): string {
  const parsed = parseIncarnation(incarnation);
  return parsed.start >= least ? incarnation : formatIncarnation({ ...parsed, start: least });
}

/** Whether an entry has neither ended nor passed the lease it carries. */
export function isLeaseRunning(state: StatefulServiceState, storeTime: number): boolean {
  return !hasEnded(state) && (ageMsOf(state, storeTime) ?? 0) <= leaseMsOf(state);
}

/** The state that a heartbeat stores. It is frozen, as readers and listeners share it. */
export function stateOf(
  podId: number,
  report: PodReport,
  incarnation: string,
  updateTime: number,
): StatefulServiceState {
  const { state, loadState, routingState, address, metadata = {}, leaseMs, updatePeriodMs } = report;
  const { loadPerUser, deadOwner, users, maxUsers, revision, healing } = report;
  const all = {
    podId,
    state,
    loadState,
    routingState,
    updateTime,
    incarnation,
    address,
    metadata,
    leaseMs,
    updatePeriodMs,
    loadPerUser,
    deadOwner,
    users,
    maxUsers,
    revision,
    healing,
  };
  // Through JSON, as from a server: a copy of plain data without undefined fields.
  const copy = JSON.parse(JSON.stringify(all)) as StatefulServiceState;
  Object.freeze(copy.metadata);
  return Object.freeze(copy);
}

/** Whether a heartbeat is published on the feed. */
export function isNews(
  state: StatefulServiceState,
  report: PodReport,
  stored: PodEntry | undefined,
): boolean {
  if (!stored) return true;
  const { state: before, publishedLoad } = stored;
  return (
    before.state !== state.state ||
    before.routingState !== state.routingState ||
    before.incarnation !== state.incarnation ||
    before.address !== state.address ||
    before.healing !== state.healing ||
    Math.abs(state.loadState - publishedLoad) >
      (report.loadChangeThreshold ?? Math.max(1, publishedLoad / 10))
  );
}

/** What a heartbeat can make of the directory. */
export type DirectoryMark = Extract<StoreEvent, { type: 'directory' }>['is'];

/** The journal's entry about a heartbeat; `undefined` if it brings nothing new. */
export function podEvent(
  { podId, state, routingState, users, incarnation = '' }: StatefulServiceState,
  { beatenBefore }: PodReport,
  met: PodEntry | undefined,
): StoreEvent | undefined {
  const event = { podId, incarnation, state, routingState };
  if (!met || !isSameRun(incarnation, met.incarnation)) {
    return beatenBefore ? { type: 'state', ...event, users } : { type: 'started', ...event };
  }
  if (compareIncarnations(incarnation, met.incarnation) !== 0) return { type: 'returned', ...event };
  const isChanged = met.state.state !== state || met.state.routingState !== routingState;
  return isChanged ? { type: 'state', ...event, users } : undefined;
}
