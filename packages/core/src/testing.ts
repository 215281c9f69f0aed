export { ManualClock } from './testing/manual-clock.ts';
export { seededRandom } from './testing/seeded-random.ts';
