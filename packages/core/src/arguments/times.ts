import { DELETE_NOW, PERSIST_FOREVER } from '../domain/constants.ts';
import { checkInteger, invalidParameter } from './names.ts';

/** The longest wait in ms that a platform's timer holds, nearly 25 days: above it a timer fires at once. */
export const DURATION_MAX_MS = 2_147_483_647;

/** A duration in ms, above 0. */
export function checkDuration(value: unknown, parameter = 'durationMs'): void {
  if (typeof value !== 'number' || !(value > 0 && value <= DURATION_MAX_MS)) {
    throw invalidParameter(parameter, `must be a number of ms above 0 and at most ${DURATION_MAX_MS}`);
  }
}

/** A duration in ms that may be none. */
export function checkWait(value: unknown, parameter = 'waitMs'): void {
  if (value !== 0) checkDuration(value, parameter);
}

/** About 68 years: the longest time to live that every store can count in ms. */
const SECONDS_MAX = 2_147_483_647;

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

/** A token that a claim is to have. */
export function checkAskedToken(value: unknown, parameter = 'minToken'): void {
  checkInteger(value, parameter, 1, ASKED_TOKEN_MAX);
}

/** A token to compare with. */
export function checkToken(value: unknown, parameter = 'token'): void {
  checkInteger(value, parameter, 1, Number.MAX_SAFE_INTEGER);
}

/** A number that only grows: a store's time, an epoch, a count. */
export function checkCount(value: unknown, parameter = 'count'): void {
  checkInteger(value, parameter, 0, Number.MAX_SAFE_INTEGER);
}
