import { systemClock } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it, vi } from 'vitest';

describe('ManualClock', () => {
  it('stands still until advance is called', async () => {
    const clock = new ManualClock(5_000);
    expect([clock.now(), clock.monotonic()]).toEqual([5_000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.monotonic()]).toEqual([5_250, 250]);
  });

  it('fires timers when they are due, in order, at their own time', async () => {
    const clock = new ManualClock(0);
    const fired: string[] = [];
    const note = (name: string) => (): void => void fired.push(`${name}@${clock.now()}`);
    clock.setTimeout(note('c'), 30);
    clock.setTimeout(note('a'), 10);
    clock.setTimeout(note('b1'), 20);
    clock.setTimeout(note('b2'), 20);
    clock.setTimeout(note('past'), -5);
    await clock.advance(29);
    expect(fired).toEqual(['past@0', 'a@10', 'b1@20', 'b2@20']);
    await clock.advance(1);
    expect(fired.at(-1)).toBe('c@30');
  });

  it('fires timers that timers set, and handles promises between them', async () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    const tick = (): void => {
      clock.setTimeout(() => {
        fired.push(clock.now());
        void Promise.resolve().then(() => Promise.resolve().then(tick));
      }, 100);
    };
    tick();
    await clock.advance(350);
    expect(fired).toEqual([100, 200, 300]);
  });

  it('does not fire what was cancelled', async () => {
    const clock = new ManualClock();
    const callback = vi.fn<() => void>();
    const cancel = clock.setTimeout(callback, 10);
    cancel();
    cancel();
    await clock.advance(20);
    expect(callback).not.toHaveBeenCalled();
    const late = clock.setTimeout(callback, 10);
    await clock.advance(10);
    late();
    expect(callback).toHaveBeenCalledOnce();
  });

  it('steps the wall clock without effect on timers and the monotonic clock', async () => {
    const clock = new ManualClock(1_000);
    const callback = vi.fn<() => void>();
    clock.setTimeout(callback, 100);
    clock.stepWallClock(3_600_000);
    expect([clock.now(), clock.monotonic()]).toEqual([3_601_000, 0]);
    await clock.advance(99);
    expect(callback).not.toHaveBeenCalled();
    clock.stepWallClock(-3_600_000);
    await clock.advance(1);
    expect(callback).toHaveBeenCalledOnce();
    expect(clock.now()).toBe(1_100);
  });

  it('never goes back when advanced concurrently', async () => {
    const clock = new ManualClock(0);
    await Promise.all([clock.advance(1_000), clock.advance(10)]);
    expect(clock.monotonic()).toBe(1_000);
  });
});

describe('systemClock', () => {
  it('has the time and fires a timer once', async () => {
    const before = systemClock.monotonic();
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(resolve, 5);
    });
    expect(systemClock.monotonic()).toBeGreaterThan(before);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });

  it('takes a delay longer than a platform timer can, and a cancellation', () => {
    vi.useFakeTimers();
    try {
      const callback = vi.fn<() => void>();
      const cancel = systemClock.setTimeout(callback, 1e12);
      vi.advanceTimersByTime(60_000);
      expect(callback).not.toHaveBeenCalled();
      cancel();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
