import { DELETE_NOW, PERSIST_FOREVER } from '../constants.ts';
import { checkInteger } from './names.ts';

/** About 68 years: the longest time to live that every store can count in ms. */
export const SECONDS_MAX = 2_147_483_647;

/** `PERSIST_FOREVER` or an integer ≥ 1. */
export function checkPersistSeconds(value: unknown): void {
  if (value === PERSIST_FOREVER) return;
  checkInteger(value, 'persistSeconds', 1, SECONDS_MAX);
}

/** The time to live of a link that can only be temporary: an integer ≥ 1. */
export function checkTemporarySeconds(value: unknown): void {
  checkInteger(value, 'persistSeconds', 1, SECONDS_MAX);
}

/** Absent, `DELETE_NOW`, or an integer ≥ 0. */
export function checkKeepSeconds(value: unknown): void {
  if (value === undefined || value === DELETE_NOW) return;
  checkInteger(value, 'keepSeconds', 0, SECONDS_MAX);
}

/** A token, or `undefined`. */
export function checkToken(value: unknown, parameter: string): void {
  if (value === undefined) return;
  checkInteger(value, parameter, 1, Number.MAX_SAFE_INTEGER);
}
