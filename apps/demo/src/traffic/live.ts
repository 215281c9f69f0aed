import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@stateful-route/core/testing';
import type { Arrival } from './arrival.ts';
import { NAMES } from './story.ts';

const USERS = 300;
const REQUESTS_PER_SECOND = 25;

/** Random requests of invented users in real time, until the signal fires. */
export async function* liveArrivals(seed: number, signal: AbortSignal): AsyncGenerator<Arrival> {
  const random = seededRandom(seed);
  while (!signal.aborted) {
    const at = Math.floor(random() ** 2 * USERS);
    const name = NAMES[at % NAMES.length]!;
    yield { uid: at < NAMES.length ? name : `${name}-${at}`, time: Date.now(), progress: 0 };
    const gapMs = (-Math.log(1 - random()) * 1_000) / REQUESTS_PER_SECOND;
    // The signal ends the wait, and the requests.
    await sleep(gapMs, undefined, { signal }).catch(() => {});
  }
}
