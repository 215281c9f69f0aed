import type { PodRow } from '../../../src/api/types.ts';
import type { Live } from '../api/live.ts';
import type { LoadScale } from '../parts/load-bar.tsx';

/** A load above which a cap is left out of the scale, in parts of the greatest load: the bars would be too short to compare. */
const FARTHEST_CAP = 2.5;
const ENDS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/**
 * The load that a pod has when it is full, if each further user adds as much as those that it has; `undefined` if it accepts any
 * number, or that cannot be told.
 */
export function capOf({ load, users, maxUsers }: PodRow): number | undefined {
  if (maxUsers === undefined) return undefined;
  if (load === users) return maxUsers;
  return users === undefined || users === 0 ? undefined : (load / users) * maxUsers;
}

/** One scale for the bars of all pods. Its end is a round number, so that it seldom changes. */
export function scaleOf({ pods, band }: Pick<Live, 'pods' | 'band'>): LoadScale {
  const rows = [...pods.values()];
  const greatest = Math.max(band.high, ...rows.map(({ load }) => load));
  const caps = rows.flatMap((row) => capOf(row) ?? []).filter((cap) => cap <= greatest * FARTHEST_CAP);
  return { top: roundUp(Math.max(greatest * 1.05, ...caps.map((cap) => cap * 1.02))), band };
}

function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (ENDS.find((end) => end * power >= value) ?? 10) * power;
}
