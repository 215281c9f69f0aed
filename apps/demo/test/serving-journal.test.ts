import { describe, expect, it } from 'vitest';
import { type Move, ServingJournal } from '../src/report/serving-journal.ts';

function recordedJournal(): { journal: ServingJournal; moves: Move[] } {
  const moves: Move[] = [];
  return { journal: new ServingJournal({ moved: (move) => moves.push(move) }), moves };
}

describe('ServingJournal', () => {
  it('finds no double owner if one pod ended before the next began', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    journal.opened(1, 'ada', 2, 20);
    journal.closed(1, 'ada', 30);
    journal.opened(0, 'ada', 3, 31);
    expect(journal.doubleOwners()).toBe(0);
    expect(journal.relinked()).toBe(1);
  });

  it('finds a double owner, whichever pod began first or still serves', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.opened(1, 'ada', 2, 20);
    journal.closed(0, 'ada', 21);
    journal.opened(2, 'bob', 1, 10);
    journal.closed(2, 'bob', 20);
    journal.opened(1, 'bob', 2, 5);
    journal.opened(0, 'eve', 1, 5);
    expect(journal.doubleOwners()).toBe(2);
  });

  it('accepts entries of different pods in any order', () => {
    const journal = new ServingJournal();
    journal.opened(1, 'ada', 2, 20);
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 19);
    expect(journal.doubleOwners()).toBe(0);
  });

  it('ends the intervals of a dead pod, and no others', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.opened(0, 'bob', 1, 10);
    journal.opened(1, 'eve', 1, 10);
    expect(journal.heldBy(0)).toBe(2);
    journal.died(0, 15);
    expect([journal.heldBy(0), journal.heldBy(1)]).toEqual([0, 1]);
    journal.opened(1, 'ada', 2, 16);
    expect(journal.doubleOwners()).toBe(0);
    journal.opened(2, 'bob', 2, 14);
    expect(journal.doubleOwners()).toBe(1);
  });

  it('counts a pod that holds a user twice as one owner', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    journal.opened(0, 'ada', 2, 30);
    expect([journal.doubleOwners(), journal.relinked()]).toEqual([0, 0]);
  });

  it('reports moves', () => {
    const { journal, moves } = recordedJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    expect(moves).toEqual([]);
    journal.opened(1, 'ada', 2, 30);
    expect(moves).toEqual([{ uid: 'ada', from: 0, to: 1 }]);
  });

  it('counts a handed-off user as moved once, whether the user came back or not', () => {
    const { journal, moves } = recordedJournal();
    for (const uid of ['ada', 'bob']) {
      journal.opened(0, uid, 1, 10);
      journal.closed(0, uid, 20, 1);
    }
    journal.opened(1, 'ada', 2, 30);
    expect(journal.relinked()).toBe(2);
    expect(moves).toEqual([
      { uid: 'ada', from: 0, to: 1 },
      { uid: 'bob', from: 0, to: 1 },
    ]);
    // the pod that was given bob did not take him
    journal.opened(2, 'bob', 2, 30);
    expect(moves.slice(2)).toEqual([{ uid: 'bob', from: 1, to: 2 }]);
    expect(journal.relinked()).toBe(2);
  });

  it('reports a move once if the entry of the next pod comes first', () => {
    const { journal, moves } = recordedJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.opened(1, 'ada', 2, 30);
    journal.closed(0, 'ada', 20, 1);
    expect(moves).toEqual([{ uid: 'ada', from: 0, to: 1 }]);
    expect([journal.doubleOwners(), journal.relinked()]).toEqual([0, 1]);
  });
});
