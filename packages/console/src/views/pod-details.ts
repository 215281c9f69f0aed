import type { JournalEntry, StatefulServiceState } from '@stateful-route/core';
import { notDrained, notSafeToStop } from '@stateful-route/core/adapter';
import type { DrainProgress, PodDetails, PodPoint } from '../api/types.ts';
import { podRows, type Place, type ServiceReading } from '../read/service-reading.ts';

const ENTRIES = 200;

/** All that is known of a pod, from a reading of its service; `undefined` if it has no entry. */
export async function podDetails(
  { executors, namespace }: Place,
  service: string,
  podId: number,
  reading: ServiceReading,
  series: readonly PodPoint[],
): Promise<PodDetails | undefined> {
  const { read } = reading;
  const pod = read.pods.get(podId);
  const row = podRows(reading).find((each) => each.podId === podId);
  if (!pod || !row) return undefined;
  const { entries: journal } = await executors.server.readJournal(namespace, service, {
    podId,
    limit: ENTRIES,
  });
  const { storeTime } = read;
  return {
    service,
    storeTime,
    pod: row,
    notDrained: notDrained(pod),
    notSafeToStop: notSafeToStop(read, pod),
    drain:
      row.intent === 'drain' ? drainProgress(pod, row.ratePerSecond, storeTime, journal, series) : undefined,
    series,
    journal,
  };
}

function drainProgress(
  { users: left = 0 }: StatefulServiceState,
  ratePerSecond: number | undefined,
  storeTime: number,
  journal: readonly JournalEntry[],
  series: readonly PodPoint[],
): DrainProgress {
  const given = journal.findLast(({ type }) => type === 'intent');
  const startedAt = given?.at;
  const startedWith = startedAt === undefined ? undefined : usersAt(startedAt, journal, series);
  const handed = (startedWith ?? left) - left;
  const seconds = startedAt === undefined ? 0 : (storeTime - startedAt) / 1_000;
  const rate = ratePerSecond ?? (handed > 0 && seconds > 0 ? handed / seconds : undefined);
  return {
    startedAt,
    by: given?.type === 'intent' ? given.by : undefined,
    startedWith,
    left,
    ratePerSecond,
    timeLeftMs: rate === undefined ? undefined : (left / rate) * 1_000,
  };
}

/** How many users the pod held when its drain began: as its change of state says, or as the console saw it before. */
function usersAt(
  startedAt: number,
  journal: readonly JournalEntry[],
  series: readonly PodPoint[],
): number | undefined {
  const entry = journal.find(
    (each) => each.type === 'state' && each.at >= startedAt && each.routingState === 'DENY_NEW_CALL',
  );
  if (entry?.type === 'state' && entry.users !== undefined) return entry.users;
  return series.findLast(({ at }) => at <= startedAt)?.users;
}
