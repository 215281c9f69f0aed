/**
 * How long a pod goes on after it has published a change, so that every caller acts on it: callers hear by push, and
 * those that missed the push with their next refresh (`stateRefreshMs`, by default 1 s).
 */
import { setTimeout } from 'node:timers/promises';

const CALLERS_HEAR_MS = 1_000;

export async function callersHear(): Promise<void> {
  await setTimeout(CALLERS_HEAR_MS);
}
