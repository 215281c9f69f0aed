import { describe, expect, it } from 'vitest';
import { type Move, ServingJournal } from '../src/report/serving-journal.ts';

function heard(): { journal: ServingJournal; moves: Move[] } {
  const moves: Move[] = [];
  return { journal: new ServingJournal({ moved: (move) => moves.push(move) }), moves };
}

describe('ServingJournal', () => {
  it('sees no double owner where one pod ended before the next began', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    journal.opened(1, 'ada', 2, 20);
    journal.closed(1, 'ada', 30);
    journal.opened(0, 'ada', 3, 31);
    expect(journal.doubleOwners()).toBe(0);
    expect(journal.relinked()).toBe(1);
  });

  it('sees a double owner, whoever began first and whoever still serves', () => {
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

  it('hears of entries in any order across pods', () => {
    const journal = new ServingJournal();
    journal.opened(1, 'ada', 2, 20);
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 19);
    expect(journal.doubleOwners()).toBe(0);
  });

  it("ends a dead pod's time with all of its users, and with nobody else's", () => {
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

  it('counts one pod that holds a user twice as one owner', () => {
    const journal = new ServingJournal();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    journal.opened(0, 'ada', 2, 30);
    expect([journal.doubleOwners(), journal.relinked()]).toEqual([0, 0]);
  });

  it('tells of moves', () => {
    const { journal, moves } = heard();
    journal.opened(0, 'ada', 1, 10);
    journal.closed(0, 'ada', 20);
    expect(moves).toEqual([]);
    journal.opened(1, 'ada', 2, 30);
    expect(moves).toEqual([{ uid: 'ada', from: 0, to: 1 }]);
  });

  it('counts a user that was handed over as moved, once, whether the user came back or not', () => {
    const { journal, moves } = heard();
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

  it('tells of a move once where the next pod is heard first', () => {
    const { journal, moves } = heard();
    journal.opened(0, 'ada', 1, 10);
    journal.opened(1, 'ada', 2, 30);
    journal.closed(0, 'ada', 20, 1);
    expect(moves).toEqual([{ uid: 'ada', from: 0, to: 1 }]);
    expect([journal.doubleOwners(), journal.relinked()]).toEqual([0, 1]);
  });
});
