import { seededRandom } from '@stateful-route/core/testing';
import type { Arrival } from './arrival.ts';

/** The names of invented users. */
const NAMES: readonly string[] =
  'ada alan anita barbara bertrand charles claude dana donald edsger emmy frances grace hedy ida john joan katherine ken leslie lynn margaret niklaus radia richard robin shafi sophie tim vint'.split(
    ' ',
  );
const REQUESTS = 600;
const CROWD = 900;
const MEAN_GAP_MS = 4_000;
/** A fixed start makes transcripts comparable. */
const START = Date.UTC(2025, 0, 6, 9, 0, 0);

/** Random requests of invented users, some of whom are more active than others. */
export async function* storyArrivals(seed: number): AsyncGenerator<Arrival> {
  const random = seededRandom(seed);
  let time = START;
  for (let request = 1; request <= REQUESTS; request++) {
    time += Math.round(-Math.log(1 - random()) * MEAN_GAP_MS);
    const uid = NAMES[Math.floor(random() ** 2 * NAMES.length)]!;
    yield { uid, time, progress: request / REQUESTS };
  }
}

/** So many invented users. */
export function inventedUsers(count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    const name = NAMES[at % NAMES.length]!;
    return at < NAMES.length ? name : `${name}-${at}`;
  });
}

/** One request of each of many invented users. */
export async function* crowdArrivals(): AsyncGenerator<Arrival> {
  const uids = inventedUsers(CROWD);
  for (const [at, uid] of uids.entries()) yield { uid, time: START + at, progress: (at + 1) / CROWD };
}
