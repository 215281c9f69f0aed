import { byUid } from './by-uid.ts';
import type { HistoryEvent, LinkWrite } from '../history/events.ts';
import type { Violation } from './violation.ts';

/** Claims whose token is smaller than that of an earlier claim, or equal to another owner's. */
export function tokensGrow(events: readonly HistoryEvent[]): Violation[] {
  const claims = events.filter(
    (event): event is LinkWrite =>
      event.type === 'write' && event.outcome === 'acknowledged' && event.makes?.token !== undefined,
  );
  const losses = events.filter((event) => event.type === 'loss');
  return [...byUid(claims)].flatMap(([uid, own]) => {
    const violations: Violation[] = [];
    for (const later of own) {
      const earlier = own.find((claim) => claim.end < later.start && !grows(claim, later));
      if (!earlier) continue;
      // The store cannot compare with a record that it lost.
      const lost = losses.some(({ start, end }) => start <= later.end && end >= earlier.start);
      if (later.asserted && lost) continue;
      violations.push({
        invariant: 'tokens-grow',
        uid,
        at: later.end,
        message: `pod ${later.makes?.podId} got token ${later.makes?.token} after pod ${earlier.makes?.podId} got ${earlier.makes?.token}`,
      });
    }
    return violations;
  });
}

function grows(earlier: LinkWrite, later: LinkWrite): boolean {
  const before = earlier.makes!.token!;
  const after = later.makes!.token!;
  const same = earlier.makes!.podId === later.makes!.podId && earlier.incarnation === later.incarnation;
  return after > before || (after === before && same);
}
