/**
 * Waits until every caller knows a change that a pod has published. Most are notified by push; a caller that missed the push
 * reads the change at its next refresh (`stateRefreshMs`, 1 s by default).
 */
import { setTimeout } from 'node:timers/promises';

const REFRESH_MS = 1_000;

export async function waitForCallers(): Promise<void> {
  await setTimeout(REFRESH_MS);
}
