import { byUid } from './by-uid.ts';
import type { HistoryEvent, LinkRead, LinkWrite, StoreLoss } from '../history/events.ts';
import type { Violation } from './violation.ts';
import { explain, type Sight, sightsOf, type UserEvents } from './explain.ts';

/**
 * Links that are not what acknowledged writes made them, and those that a write made after its deadline. What was seen
 * after a loss of the store's data is judged by later writes alone.
 */
export function linksKept(events: readonly HistoryEvent[]): Violation[] {
  const writes = byUid(events.filter((event): event is LinkWrite => event.type === 'write'));
  const reads = byUid(events.filter((event): event is LinkRead => event.type === 'read'));
  const losses = events.filter((event): event is StoreLoss => event.type === 'loss');
  const violations: Violation[] = [];
  for (const uid of new Set([...writes.keys(), ...reads.keys()])) {
    const user: UserEvents = { writes: writes.get(uid) ?? [], reads: reads.get(uid) ?? [] };
    for (const sight of sightsOf(user)) {
      if (isAfterLoss(sight, user, losses)) continue;
      const explanation = explain(sight, user);
      if (explanation === 'explained') continue;
      const late = explanation === 'past its deadline';
      violations.push({
        invariant: late ? 'deadlines-kept' : 'links-kept',
        uid,
        at: sight.end,
        message: late
          ? `${sight.what}: it was made after its deadline`
          : `${sight.what}: what was acknowledged before is gone`,
      });
    }
  }
  return violations;
}

/** Whether nothing was acknowledged between the last loss and the sight, so that anything may be seen. */
function isAfterLoss(sight: Sight, { writes }: UserEvents, losses: readonly StoreLoss[]): boolean {
  const last = Math.max(...losses.filter(({ start }) => start <= sight.end).map(({ end }) => end));
  if (last === Number.NEGATIVE_INFINITY) return false;
  return !writes.some(
    (write) =>
      write !== sight.write &&
      write.outcome === 'acknowledged' &&
      write.start >= last &&
      write.end <= sight.start,
  );
}
