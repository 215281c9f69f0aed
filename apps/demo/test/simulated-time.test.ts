import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { SimulatedTime } from '../src/memory/simulated-time.ts';

const DAY_MS = 86_400_000;

describe('SimulatedTime', () => {
  it('starts with the traffic, follows it and never goes back', async () => {
    const clock = new ManualClock();
    const begin = clock.monotonic();
    const time = new SimulatedTime(clock);
    for (const at of [50_000, 53_000, 51_000, 52_999, 53_000, 60_000]) await time.moveTo(at);
    expect(time.now()).toBe(60_000);
    expect(clock.monotonic() - begin).toBe(10_000);
  });

  it('passes a gap of years as a day', async () => {
    const clock = new ManualClock();
    const begin = clock.monotonic();
    const time = new SimulatedTime(clock);
    await time.moveTo(0);
    await time.moveTo(1_000 * DAY_MS);
    expect(time.now()).toBe(1_000 * DAY_MS);
    expect(clock.monotonic() - begin).toBe(DAY_MS);
    await time.moveTo(1_000 * DAY_MS + 5);
    expect(clock.monotonic() - begin).toBe(DAY_MS + 5);
  });

  it('advances only for what needs time', async () => {
    const clock = new ManualClock();
    const time = new SimulatedTime(clock);
    await time.moveTo(0);
    await time.pass(Promise.resolve());
    expect(time.now()).toBe(0);
    await time.pass(
      new Promise<void>((resolve) => {
        clock.setTimeout(resolve, 2_500);
      }),
    );
    expect(time.now()).toBe(3_000);
  });
});
