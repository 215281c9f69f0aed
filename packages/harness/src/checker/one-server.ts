import type { HistoryEvent, Serve } from '../history/events.ts';
import { byUid } from './by-uid.ts';
import type { Violation } from './violation.ts';

/** The time in which a pod served a user under one token: from the first to the last serve that counts. */
interface Tenure {
  readonly podId: number;
  readonly token: number | undefined;
  readonly first: number;
  readonly last: number;
}

/** Pairs of pods that served one user at the same time. */
export function oneServer(events: readonly HistoryEvent[], everyServeCounts: boolean): Violation[] {
  const serves = events.filter(
    (event): event is Serve => event.type === 'serve' && (event.accepted || everyServeCounts),
  );
  return [...byUid(serves)].flatMap(([uid, own]) => overlaps(uid, tenures(own)));
}

function tenures(serves: readonly Serve[]): Tenure[] {
  const all = new Map<string, Tenure>();
  for (const { podId, token, at } of serves) {
    const key = `${podId}:${token}`;
    const known = all.get(key) ?? { podId, token, first: at, last: at };
    all.set(key, { ...known, first: Math.min(known.first, at), last: Math.max(known.last, at) });
  }
  return [...all.values()].toSorted((a, b) => a.first - b.first);
}

function overlaps(uid: string, sorted: readonly Tenure[]): Violation[] {
  const violations: Violation[] = [];
  for (const [index, later] of sorted.entries()) {
    const earlier = sorted
      .slice(0, index)
      .find(({ podId, last }) => podId !== later.podId && last > later.first);
    if (!earlier) continue;
    violations.push({
      invariant: 'one-server',
      uid,
      at: later.first,
      message: `pod ${earlier.podId} (token ${earlier.token}) still served at ${earlier.last.toFixed(1)}, after pod ${later.podId} (token ${later.token}) began at ${later.first.toFixed(1)}`,
    });
  }
  return violations;
}
