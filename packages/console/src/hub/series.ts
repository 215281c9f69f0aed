import type { JournalEntry, ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import type { PodPoint, SeriesPoint, ServiceSummary } from '../api/types.ts';

/** For how long figures are remembered. */
const KEPT_MS = 600_000;
/** Figures of single pods are kept so often. */
const POD_EVERY_MS = 5_000;

/** The figures of a service over the last minutes. */
export class Series {
  readonly #points: SeriesPoint[] = [];
  readonly #pods = new Map<number, PodPoint[]>();
  #podsAt = Number.NEGATIVE_INFINITY;

  /** The oldest first. */
  get points(): readonly SeriesPoint[] {
    return this.#points;
  }

  podPoints(podId: number): readonly PodPoint[] {
    return this.#pods.get(podId) ?? [];
  }

  /** Adds what a reading says, and the one before it, if there was one. */
  add(
    read: ServiceStateRead,
    before: ServiceStateRead | undefined,
    summary: ServiceSummary,
    entries: readonly JournalEntry[],
  ): SeriesPoint {
    const { storeTime: at, pods } = read;
    const { users, load, routable, alive } = summary;
    const counts = before ? countsOf(read, before, entries) : NOTHING;
    const point = { at, users, load, routable, alive, ...counts };
    this.#points.push(point);
    drop(this.#points, at);
    if (at - this.#podsAt >= POD_EVERY_MS) {
      this.#podsAt = at;
      for (const pod of pods.values()) this.#addPod(pod, at);
      for (const [podId, points] of this.#pods) {
        drop(points, at);
        if (points.length === 0) this.#pods.delete(podId);
      }
    }
    return point;
  }

  #addPod({ podId, users, loadState: load }: StatefulServiceState, at: number): void {
    let points = this.#pods.get(podId);
    if (!points) this.#pods.set(podId, (points = []));
    points.push({ at, users, load });
  }
}

function drop(points: { readonly at: number }[], now: number): void {
  const first = points.findIndex(({ at }) => now - at <= KEPT_MS);
  points.splice(0, first === -1 ? points.length : first);
}

type Counts = Pick<SeriesPoint, 'arrivals' | 'takeOvers' | 'moves' | 'errors'>;

const NOTHING: Counts = { arrivals: 0, takeOvers: 0, moves: 0, errors: 0 };

function countsOf(
  read: ServiceStateRead,
  before: ServiceStateRead,
  entries: readonly JournalEntry[],
): Counts {
  // Two readings within a millisecond have no rate.
  const seconds = Math.max(1, read.storeTime - before.storeTime) / 1_000;
  let arrivals = 0;
  let moves = 0;
  for (const pod of read.pods.values()) {
    const gained = (pod.users ?? 0) - (before.pods.get(pod.podId)?.users ?? 0);
    if (gained > 0) arrivals += gained;
    // A drain is in the journal when it ends; what it moves until then is seen in the pod's own figure.
    else if (pod.routingState === 'DENY_NEW_CALL') moves -= gained;
  }
  let takeOvers = 0;
  let errors = 0;
  for (const entry of entries) {
    if (entry.type === 'take-overs') takeOvers += entry.users;
    if (entry.type === 'hand-off') moves += entry.users;
    if (entry.type === 'order-ended') moves += entry.moved;
    if (isAlarm(entry)) errors += 1;
  }
  return {
    arrivals: arrivals / seconds,
    takeOvers: takeOvers / seconds,
    moves: moves / seconds,
    errors: errors / seconds,
  };
}

/** Whether somebody should look at an entry. */
function isAlarm(entry: JournalEntry): boolean {
  const { type } = entry;
  if (type === 'guard') return entry.active;
  return (
    type === 'quarantined' ||
    type === 'fenced' ||
    type === 'dead' ||
    (type === 'directory' && entry.is !== 'young')
  );
}
