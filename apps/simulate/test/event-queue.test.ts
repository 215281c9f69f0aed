import { seededRandom } from '@stateful-route/core/testing';
import { describe, expect, it } from 'vitest';
import { type Due, EventQueue } from '../src/time/event-queue.ts';

function due(at: number, order: number, rest: Partial<Due> = {}): Due {
  return { at, order, rank: 0, meant: at, run: () => {}, isCancelled: false, ...rest };
}

function emptied(queue: EventQueue): readonly Due[] {
  const all: Due[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) all.push(next);
  return all;
}

describe('the queue of events', () => {
  it('returns the earliest first, in whatever order they were added', () => {
    const random = seededRandom(1);
    const queue = new EventQueue();
    for (let order = 0; order < 500; order++) queue.push(due(Math.floor(random() * 100), order));
    const all = emptied(queue);
    expect(all).toHaveLength(500);
    for (const [index, event] of all.entries()) {
      const before = all[index - 1];
      if (before)
        expect(before.at < event.at || (before.at === event.at && before.order < event.order)).toBe(true);
    }
  });

  it('returns timers before arrivals at the same time, and the one that was delayed longest first', () => {
    const queue = new EventQueue();
    const arrival = due(5, 0, { rank: 1 });
    const late = due(5, 1, { meant: 4 });
    const later = due(5, 2, { meant: 3 });
    for (const event of [arrival, late, later]) queue.push(event);
    expect(emptied(queue)).toEqual([later, late, arrival]);
  });

  it('returns nothing when it is empty', () => {
    expect(new EventQueue().pop()).toBeUndefined();
    expect(new EventQueue().peek()).toBeUndefined();
  });
});
