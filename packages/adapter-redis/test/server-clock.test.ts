import { afterEach, describe, expect, it, vi } from 'vitest';
import { ServerClocks } from '../src/calls/server-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('the time of a store', () => {
  it('advances from the last reply of each server', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const time = new ServerClocks();
    expect(time.now('a')).toBeUndefined();
    time.learn('a', 5_000);
    time.learn('b', 9_000);
    vi.advanceTimersByTime(40);
    expect([time.now('a'), time.now('b')]).toEqual([5_040, 9_040]);
    time.learn('a', 7_000);
    expect(time.now('a')).toBe(7_000);
  });

  it('is unknown a minute after the last reply, as clocks drift, and after a lost connection', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const time = new ServerClocks();
    time.learn('a', 5_000);
    vi.advanceTimersByTime(60_000);
    expect(time.now('a')).toBe(65_000);
    vi.advanceTimersByTime(1);
    expect(time.now('a')).toBeUndefined();
    time.learn('a', 5_000);
    time.forget();
    expect(time.now('a')).toBeUndefined();
  });
});
