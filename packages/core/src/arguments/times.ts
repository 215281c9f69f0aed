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

/** Far enough below 2^53 that a token which was asked for can still grow. */
const ASKED_TOKEN_MAX = 2 ** 53 - 2 ** 32;

/** A token that a claim is to have, or `undefined`. */
export function checkAskedToken(value: unknown, parameter: string): void {
  if (value !== undefined) checkInteger(value, parameter, 1, ASKED_TOKEN_MAX);
}

/** A store's time, or `undefined`. */
export function checkStoreTime(value: unknown, parameter: string): void {
  if (value !== undefined) checkInteger(value, parameter, 0, Number.MAX_SAFE_INTEGER);
}

/** A token to compare with, or `undefined`. */
export function checkToken(value: unknown, parameter: string): void {
  if (value === undefined) return;
  checkInteger(value, parameter, 1, Number.MAX_SAFE_INTEGER);
}
