import type { FaultSeen } from './result.ts';

/** A number as a reader wants it: few digits, none lost of a count. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 1 : 0);
}

/** One fault, in a line. */
export function tableLine({ name, shown, bound, seen, unit, ok }: FaultSeen): string {
  const mark = ok ? 'ok  ' : 'FAIL';
  const measured = `${figure(seen)} of at most ${figure(bound)} ${unit}`;
  return `${mark} ${name.padEnd(34)} ${measured.padEnd(38)} ${shown}`;
}
