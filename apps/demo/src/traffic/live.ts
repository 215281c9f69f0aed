import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@stateful-route/core/testing';
import type { Arrival } from './arrival.ts';

const REQUESTS_PER_SECOND = 25;
const IN_TURN_PER_SECOND = 150;

/** Random requests of users in real time, until the signal fires. The first users are the most active ones. */
export async function* liveArrivals(
  uids: readonly string[],
  seed: number,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const random = seededRandom(seed);
  while (!signal.aborted) {
    yield { uid: uids[Math.floor(random() ** 2 * uids.length)]!, time: Date.now(), progress: 1 };
    await pause((-Math.log(1 - random()) * 1_000) / REQUESTS_PER_SECOND, signal);
  }
}

/** Requests of one user after the other, again and again, until the signal fires. */
export async function* arrivalsInTurn(uids: readonly string[], signal: AbortSignal): AsyncGenerator<Arrival> {
  for (let at = 0; !signal.aborted; at = (at + 1) % uids.length) {
    yield { uid: uids[at]!, time: Date.now(), progress: 1 };
    await pause(1_000 / IN_TURN_PER_SECOND, signal);
  }
}

/** The signal ends the wait. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
