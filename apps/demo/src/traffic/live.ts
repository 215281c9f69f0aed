import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@stateful-route/core/testing';
import type { Arrival } from './arrival.ts';

const REQUESTS_PER_SECOND = 25;

/** Random requests of users in real time, until the signal fires. The first users are the most active ones. */
export async function* liveArrivals(
  uids: readonly string[],
  seed: number,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const random = seededRandom(seed);
  while (!signal.aborted) {
    yield { uid: uids[Math.floor(random() ** 2 * uids.length)]!, time: Date.now(), progress: 1 };
    const gapMs = (-Math.log(1 - random()) * 1_000) / REQUESTS_PER_SECOND;
    // The signal ends the wait, and the requests.
    await sleep(gapMs, undefined, { signal }).catch(() => {});
  }
}
