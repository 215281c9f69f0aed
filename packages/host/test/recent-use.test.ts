import { expect, it } from 'vitest';
import { RecentUse } from '../src/entities/recent-use.ts';

it('weighs an entity by the time of its recent uses', () => {
  const steady = new RecentUse();
  let weight = 0;
  for (let second = 1; second <= 3_600; second++) weight = steady.add(50, second * 1_000);
  // Used for 50 ms a second, and one for being here.
  expect(weight).toBeCloseTo(51, 0);
  expect(steady.add(0, 3_600_000 + 120_000)).toBeCloseTo(26, 0);
  expect(steady.add(0, 3_600_000 + 3_600_000)).toBeCloseTo(1, 2);
  expect(new RecentUse().add(0, 1_000_000)).toBe(1);
});
