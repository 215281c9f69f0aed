import type { FenceChange, HistoryEvent, LinkWrite } from '../history/events.ts';
import type { Violation } from './violation.ts';

/** Take-overs from a pod that had not been fenced. Only pods whose fences were recorded are checked. */
export function fencedFirst(events: readonly HistoryEvent[]): Violation[] {
  const changes = events
    .filter((event): event is FenceChange => event.type === 'serving' || event.type === 'fenced')
    .toSorted((a, b) => a.at - b.at);
  const takeOvers = events.filter(
    (event): event is LinkWrite =>
      event.type === 'write' && event.takesOver !== undefined && event.outcome !== 'none',
  );
  return takeOvers.flatMap((takeOver) => violationsOf(takeOver, changes));
}

function violationsOf(
  { uid, start, takesOver, by }: LinkWrite,
  changes: readonly FenceChange[],
): Violation[] {
  const from = takesOver!.podId;
  const last = changes.findLast(({ podId, at }) => podId === from && at <= start);
  // A pod may hand off its own users.
  if (!last || last.type === 'fenced' || by === from) return [];
  return [
    {
      invariant: 'fenced-first',
      uid,
      at: start,
      message: `pod ${from} was serving since ${last.at.toFixed(1)} when its user was taken over at ${start.toFixed(1)}`,
    },
  ];
}
