import type { FaultSeen } from './result.ts';

/** A number with few digits; counts are exact. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 1 : 0);
}

/** A row as a line to print. */
export function tableLine({ name, shown, bound, seen, unit, ok }: FaultSeen): string {
  const mark = ok ? 'ok  ' : 'FAIL';
  const measured = `${figure(seen)} of at most ${figure(bound)} ${unit}`;
  return `${mark} ${name.padEnd(34)} ${measured.padEnd(38)} ${shown}`;
}
