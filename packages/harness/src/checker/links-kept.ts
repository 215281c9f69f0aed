import { byUid } from './by-uid.ts';
import type { HistoryEvent, LinkRead, LinkWrite, StoreLoss } from '../history/events.ts';
import type { Violation } from './violation.ts';
import { explain, type LinkObservation, observationsOf, type UserEvents } from './explain.ts';

/**
 * Observations of links that no acknowledged write explains, or only a write after its deadline. After a loss of the store's
 * data only later writes count.
 */
export function linksKept(events: readonly HistoryEvent[]): Violation[] {
  const writes = byUid(events.filter((event): event is LinkWrite => event.type === 'write'));
  const reads = byUid(events.filter((event): event is LinkRead => event.type === 'read'));
  const losses = events.filter((event): event is StoreLoss => event.type === 'loss');
  const violations: Violation[] = [];
  for (const uid of new Set([...writes.keys(), ...reads.keys()])) {
    const user: UserEvents = { writes: writes.get(uid) ?? [], reads: reads.get(uid) ?? [] };
    for (const observation of observationsOf(user)) {
      if (isAfterLoss(observation, user, losses)) continue;
      const explanation = explain(observation, user);
      if (explanation === 'explained') continue;
      const late = explanation === 'past its deadline';
      violations.push({
        invariant: late ? 'deadlines-kept' : 'links-kept',
        uid,
        at: observation.end,
        message: late
          ? `${observation.what}: a write acted after its deadline`
          : `${observation.what}: an acknowledged write is lost`,
      });
    }
  }
  return violations;
}

/** Whether no write was acknowledged between the last loss and the observation, so that any link may be observed. */
function isAfterLoss(
  observation: LinkObservation,
  { writes }: UserEvents,
  losses: readonly StoreLoss[],
): boolean {
  const last = Math.max(...losses.filter(({ start }) => start <= observation.end).map(({ end }) => end));
  if (last === Number.NEGATIVE_INFINITY) return false;
  return !writes.some(
    (write) =>
      write !== observation.write &&
      write.outcome === 'acknowledged' &&
      write.start >= last &&
      write.end <= observation.start,
  );
}
