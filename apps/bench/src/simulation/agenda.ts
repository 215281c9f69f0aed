import type { Scenario, SimulatedPod } from './scenario.ts';

/** An event of a scenario. */
export type Happening =
  | { readonly atMs: number; readonly kind: 'beat'; readonly pod: SimulatedPod }
  | { readonly atMs: number; readonly kind: 'read'; readonly caller: number }
  /** `user` is the index of the arrival. */
  | { readonly atMs: number; readonly kind: 'come' | 'leave'; readonly user: number };

/** The events of a scenario in order. They do not depend on the strategy. */
export function agendaOf(scenario: Scenario): readonly Happening[] {
  const happenings = [...beats(scenario), ...reads(scenario)];
  for (const [user, { atMs, leavesAtMs }] of scenario.arrivals.entries()) {
    happenings.push({ atMs, kind: 'come', user });
    if (leavesAtMs !== undefined && leavesAtMs < scenario.durationMs) {
      happenings.push({ atMs: leavesAtMs, kind: 'leave', user });
    }
  }
  return happenings.toSorted((a, b) => a.atMs - b.atMs);
}

function* beats({ pods, periodMs, durationMs }: Scenario): Generator<Happening> {
  for (const pod of pods) {
    for (let atMs = pod.firstBeatMs; atMs < durationMs; atMs += periodMs) yield { atMs, kind: 'beat', pod };
  }
}

/** Callers read at different times of the period. */
function* reads({ callers, refreshMs, durationMs }: Scenario): Generator<Happening> {
  if (refreshMs === undefined) return;
  for (let caller = 0; caller < callers; caller++) {
    const firstMs = (caller / callers) * refreshMs;
    for (let atMs = firstMs; atMs < durationMs; atMs += refreshMs) yield { atMs, kind: 'read', caller };
  }
}
