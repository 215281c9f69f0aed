import { useRef } from 'preact/hooks';

const STEADY_MS = 5_000;

/** By what rows are sorted. */
export interface Order<Row> {
  /** Names the order: another name sorts at once. */
  readonly name: string;
  readonly compare: (a: Row, b: Row) => number;
  readonly keyOf: (row: Row) => string | number;
}

/**
 * Sorts rows whose figures change all the time, and lets them stay for some seconds where they are, so that nobody has to chase
 * one. They stay for as long as `isHeld`, as under a pointer. New rows come last until then.
 */
export function useSteadyOrder<Row>(rows: readonly Row[], order: Order<Row>, isHeld: () => boolean): Row[] {
  const { name, compare, keyOf } = order;
  const last = useRef({ name: '', at: 0, places: new Map<string | number, number>() });
  const now = performance.now();
  const { places } = last.current;
  const isSteady = last.current.name === name && (isHeld() || now - last.current.at < STEADY_MS);
  if (isSteady) {
    const placeOf = (row: Row): number => places.get(keyOf(row)) ?? Number.MAX_SAFE_INTEGER;
    return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
  const sorted = rows.toSorted(compare);
  last.current = { name, at: now, places: new Map(sorted.map((row, place) => [keyOf(row), place])) };
  return sorted;
}
