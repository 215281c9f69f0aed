import {
  isMassExpiry,
  type PodReport,
  type ServiceStateRead,
  type StatefulServiceState,
} from '@stateful-route/core';
import type { PodEntry } from './memory-service.ts';

/** How a heartbeat stands to the entry it meets. */
export type Reception = 'new' | 'repeated' | 'fenced';

/** Whether a heartbeat is taken; `seq` orders those of one life, `first` begins another one. */
export function receive(report: PodReport, stored: PodEntry | undefined): Reception {
  if (!stored) return 'new';
  if (stored.incarnation !== report.incarnation) return report.first ? 'new' : 'fenced';
  if (report.seq === stored.seq) return 'repeated';
  return report.seq > stored.seq ? 'new' : 'fenced';
}

/** The state that a heartbeat stores. Nobody can change it: readers and listeners are given the same one. */
export function stateOf(podId: number, report: PodReport, updateTime: number): StatefulServiceState {
  const { state, loadState, routingState, incarnation, address, metadata = {} } = report;
  const { leaseMs, updatePeriodMs, loadPerUser, deadOwner } = report;
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
  };
  // through JSON, as a server would send it back: a copy of plain data, without undefined fields
  const copy = JSON.parse(JSON.stringify(all)) as StatefulServiceState;
  Object.freeze(copy.metadata);
  return Object.freeze(copy);
}

/** Whether the feed is told of a heartbeat. */
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
    Math.abs(state.loadState - publishedLoad) >
      (report.loadChangeThreshold ?? Math.max(1, publishedLoad / 10))
  );
}

/**
 * Whether a heartbeat makes the directory young again. It does when its own life was silent for longer than its lease
 * and yet goes on: others may have been believed dead as well. And it does when it comes after a silence, or from a new
 * life, while so many pods are silent that none may be taken for dead: those still on their way back get a lease's time.
 */
export function rejuvenates(
  report: PodReport,
  stored: PodEntry | undefined,
  read: ServiceStateRead,
): boolean {
  const { storeTime, since } = read;
  if (since === undefined) return true;
  if (stored?.incarnation === report.incarnation) return storeTime - stored.updateTime > stored.leaseMs;
  return storeTime - since > report.leaseMs && isMassExpiry(read);
}
