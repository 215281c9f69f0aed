import { Snapshot } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { bareWord, NOW, pod, reading } from './pod.ts';

const sets = (snapshot: Snapshot): readonly (readonly number[])[] =>
  [snapshot.routable, snapshot.available, snapshot.alive].map((pods) => [...pods.keys()]);

describe('Snapshot', () => {
  it('sorts pods into the three sets, by ascending ordinal', () => {
    const clock = new ManualClock();
    const snapshot = new Snapshot(
      reading([
        pod({ podId: 0 }),
        pod({ podId: 1, routingState: 'DENY_NEW_CALL' }),
        pod({ podId: 2, state: 'NOT_READY' }),
        pod({ podId: 3, state: 'TERMINATING' }),
        pod({ podId: 4, updateTime: NOW - 10_001 }),
        { ...bareWord('READY'), podId: 5 },
      ]),
      clock,
    );
    expect(sets(snapshot)).toEqual([
      [0, 5],
      [0, 1, 5],
      [0, 1, 2, 5],
    ]);
    expect([...snapshot.pods.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
    expect([snapshot.isRoutable(0), snapshot.isRoutable(1), snapshot.isRoutable(9)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([snapshot.isAvailable(1), snapshot.isAvailable(2)]).toEqual([true, false]);
    expect([snapshot.isAlive(2), snapshot.isAlive(3), snapshot.isAlive(4)]).toEqual([true, false, false]);
  });

  it('moves a pod without new heartbeats out of one set after the other', async () => {
    const clock = new ManualClock();
    const snapshot = new Snapshot(reading([pod({ updateTime: NOW - 500 })]), clock);
    await clock.advance(2_000);
    expect(sets(snapshot)).toEqual([[0], [0], [0]]);
    await clock.advance(1);
    expect(sets(snapshot)).toEqual([[], [0], [0]]);
    await clock.advance(7_499);
    expect(sets(snapshot)).toEqual([[], [0], [0]]);
    await clock.advance(1);
    expect(sets(snapshot)).toEqual([[], [], []]);
    expect(snapshot.pods.size).toBe(1);
  });

  it('gives the same result however often and whenever it is read', async () => {
    const clock = new ManualClock();
    const pods = [
      pod({ podId: 0, updatePeriodMs: 300 }),
      pod({ podId: 1, updateTime: NOW - 700, leaseMs: 2_000 }),
      pod({ podId: 2, updateTime: NOW - 100, leaseMs: 1_500, updatePeriodMs: 200 }),
    ];
    const asked = new Snapshot(reading(pods), clock, 0);
    for (let ms = 0; ms < 12_000; ms += 50) {
      expect(sets(asked)).toEqual(sets(new Snapshot(reading(pods), clock, 0)));
      await clock.advance(50);
    }
  });

  it('returns the same map until a pod changes class', async () => {
    const clock = new ManualClock();
    const snapshot = new Snapshot(reading([pod()]), clock);
    const before = snapshot.routable;
    await clock.advance(2_500);
    expect(snapshot.routable).toBe(before);
    await clock.advance(1);
    expect(snapshot.routable).not.toBe(before);
  });

  it('advances the store’s time by the reader’s monotonic clock only', async () => {
    const clock = new ManualClock();
    await clock.advance(5_000);
    const snapshot = new Snapshot(reading([pod()]), clock, 4_000);
    expect([snapshot.ageMs(), snapshot.storeTime()]).toEqual([1_000, NOW + 1_000]);
    clock.stepWallClock(3_600_000);
    expect([snapshot.ageMs(), snapshot.storeTime()]).toEqual([1_000, NOW + 1_000]);
    expect(snapshot.isRoutable(0)).toBe(true);
    clock.stepWallClock(-7_200_000);
    await clock.advance(10_000);
    expect(snapshot.isAlive(0)).toBe(false);
  });

  it('never lets a bare word age', async () => {
    const clock = new ManualClock();
    const snapshot = new Snapshot(reading([bareWord('READY')]), clock);
    await clock.advance(1_000_000_000);
    expect(snapshot.isRoutable(0)).toBe(true);
  });
});
