import type { Clock } from '@stateful-route/core';
import { type Awaiting, DeadlineQueue } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';

/** A clock whose timers are counted. */
function counted(): { clock: Clock; manual: ManualClock; made: () => number; running: () => number } {
  const manual = new ManualClock(0);
  const running = new Set<symbol>();
  let made = 0;
  const clock: Clock = {
    now: () => manual.now(),
    monotonic: () => manual.monotonic(),
    setTimeout: (callback, ms) => {
      const timer = Symbol(String(ms));
      made += 1;
      running.add(timer);
      const cancel = manual.setTimeout(() => {
        running.delete(timer);
        callback();
      }, ms);
      return () => {
        running.delete(timer);
        cancel();
      };
    },
  };
  return { clock, manual, made: () => made, running: () => running.size };
}

/** Records what expires, and when. */
function noted(manual: ManualClock): {
  expired: string[];
  awaiting: (name: string, deadline: number) => Awaiting;
} {
  const expired: string[] = [];
  const awaiting = (name: string, deadline: number): Awaiting => ({
    deadline,
    expire: () => void expired.push(`${name}@${manual.monotonic()}`),
  });
  return { expired, awaiting };
}

describe('DeadlineQueue', () => {
  it('expires each entry at its own deadline, in any order of arrival', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    for (const [name, deadline] of [
      ['b', 20],
      ['c', 30],
      ['a', 10],
      ['b2', 20],
    ] as const) {
      queue.add(awaiting(name, deadline));
    }
    await manual.advance(9);
    expect(expired).toEqual([]);
    await manual.advance(1);
    expect(expired).toEqual(['a@10']);
    await manual.advance(20);
    expect(expired).toEqual(['a@10', 'b@20', 'b2@20', 'c@30']);
    await manual.advance(1_000);
    expect(expired.length).toBe(4);
  });

  it('does not expire deleted entries', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    const [early, late] = [awaiting('early', 10), awaiting('late', 20)];
    queue.add(early);
    queue.add(late);
    queue.delete(early);
    queue.delete(early);
    await manual.advance(15);
    queue.delete(late);
    await manual.advance(100);
    expect(expired).toEqual([]);
  });

  it('has one timer however many entries come and go', async () => {
    const { clock, manual, made, running } = counted();
    const { awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    for (let at = 0; at < 1_000; at++) {
      const one = awaiting('one', 5_000 + at);
      queue.add(one);
      if (at % 2) queue.delete(one);
    }
    expect([made(), running()]).toEqual([1, 1]);
    await manual.advance(4_999);
    expect(made()).toBe(1);
  });

  it('wakes earlier for an earlier deadline, and leaves no timer when it is empty', async () => {
    const { clock, manual, running } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    queue.add(awaiting('late', 1_000));
    queue.add(awaiting('soon', 10));
    expect(running()).toBe(1);
    await manual.advance(10);
    expect(expired).toEqual(['soon@10']);
    expect(running()).toBe(1);
    await manual.advance(990);
    expect(expired).toEqual(['soon@10', 'late@1000']);
    expect(running()).toBe(0);
  });

  it('works again after it was empty', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    const gone = awaiting('gone', 10);
    queue.add(gone);
    queue.delete(gone);
    await manual.advance(50);
    queue.add(awaiting('next', 60));
    await manual.advance(10);
    expect(expired).toEqual(['next@60']);
  });

  it('expires at once what is past its deadline when added', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    await manual.advance(100);
    new DeadlineQueue(clock).add(awaiting('past', 50));
    await manual.advance(0);
    expect(expired).toEqual(['past@100']);
  });

  it('may be changed by an entry that expires', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    const [other, next] = [awaiting('other', 10), awaiting('next', 15)];
    queue.add({
      deadline: 10,
      expire: () => {
        queue.delete(other);
        queue.add(next);
        queue.add(awaiting('last', 12));
      },
    });
    queue.add(other);
    await manual.advance(10);
    expect(expired).toEqual([]);
    await manual.advance(10);
    expect(expired).toEqual(['last@12', 'next@15']);
  });

  it('lets a reply that has arrived win', async () => {
    const { clock, manual } = counted();
    const { expired, awaiting } = noted(manual);
    const queue = new DeadlineQueue(clock);
    const answered = awaiting('answered', 10);
    queue.add(answered);
    // Due together with the deadline and set after it, like a reply that is read once the timers have run.
    manual.setTimeout(() => queue.delete(answered), 10);
    await manual.advance(10);
    expect(expired).toEqual([]);
  });
});
