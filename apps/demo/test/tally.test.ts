import { describe, expect, it } from 'vitest';
import { Tally } from '../src/report/tally.ts';
import type { Served } from '../src/room/answer.ts';

const right: Served = { podId: 1, visits: 1, held: true, ownerSeen: 1 };

function misroutesOf(served: Served, calledPodId: number): number {
  const tally = new Tally(3);
  tally.arrived('ada');
  tally.ended('ada', { served, calledPodId });
  return tally.misroutes;
}

describe('Tally', () => {
  it('counts a request served by its owner', () => {
    expect(misroutesOf(right, 1)).toBe(0);
  });

  it.each([
    ['the directory names another pod', { ...right, ownerSeen: 0 }, 1],
    ['the directory names nobody', { ...right, ownerSeen: undefined }, 1],
    ['the pod did not hold the user', { ...right, held: false }, 1],
    ['another pod answered than the one called', right, 2],
  ])('counts a misroute where %s', (_, served, called) => {
    expect(misroutesOf(served, called)).toBe(1);
  });

  it('counts users and requests of each pod, pod 0 like any other', () => {
    const tally = new Tally(2);
    for (const uid of ['ada', 'ada', 'bob']) {
      tally.arrived(uid);
      tally.ended(uid, { served: { podId: 0, visits: 1, held: true, ownerSeen: 0 }, calledPodId: 0 });
    }
    expect(tally.pods).toEqual([
      { podId: 0, users: 2, requests: 3 },
      { podId: 1, users: 0, requests: 0 },
    ]);
    expect([tally.requests, tally.users, tally.served]).toEqual([3, 2, 3]);
  });

  it('counts a request that no pod served', () => {
    const tally = new Tally(1);
    tally.arrived('ada');
    tally.ended('ada', { served: undefined, error: new Error('nobody there') });
    expect([tally.failed, tally.served, tally.misroutes, tally.failedInARow]).toEqual([1, 0, 0, 1]);
  });
});
