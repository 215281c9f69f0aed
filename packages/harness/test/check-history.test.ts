import { describe, expect, it } from 'vitest';
import {
  checkHistory,
  type HistoryEvent,
  type InvariantName,
  type LinkRead,
  type LinkWrite,
} from '../src/index.ts';

function claim(podId: number, start: number, end: number, more: Partial<LinkWrite> = {}): LinkWrite {
  return {
    type: 'write',
    uid: 'ada',
    start,
    end,
    outcome: 'acknowledged',
    makes: { podId, permanent: true, token: start },
    incarnation: `life-of-${podId}`,
    requires: { type: 'no claim of another', podId },
    by: podId,
    ...more,
  };
}

function place(podId: number, start: number, end: number, more: Partial<LinkWrite> = {}): LinkWrite {
  const makes = { podId, permanent: false };
  return {
    type: 'write',
    uid: 'ada',
    start,
    end,
    outcome: 'acknowledged',
    makes,
    ttlMs: 1_000,
    requires: { type: 'absent' },
    ...more,
  };
}

const removal = (start: number, end: number, more: Partial<LinkWrite> = {}): LinkWrite => ({
  type: 'write',
  uid: 'ada',
  start,
  end,
  outcome: 'acknowledged',
  makes: undefined,
  ...more,
});

function read(link: LinkRead['link'], start: number, end: number): LinkRead {
  return { type: 'read', uid: 'ada', start, end, link };
}

const serve = (podId: number, token: number, at: number, accepted = true): HistoryEvent => ({
  type: 'serve',
  uid: 'ada',
  podId,
  token,
  at,
  accepted,
});

const broken = (events: readonly HistoryEvent[], everyServeCounts = false): InvariantName[] =>
  checkHistory(events, { everyServeCounts }).map(({ invariant }) => invariant);

describe('links-kept', () => {
  it('accepts reads of the last acknowledged link', () => {
    expect(
      broken([
        read(undefined, 0, 1),
        place(1, 2, 3),
        read({ podId: 1, permanent: false }, 4, 5),
        claim(1, 6, 7),
        read({ podId: 1, permanent: true, token: 6 }, 8, 9),
        removal(10, 11),
        read(undefined, 12, 13),
        claim(2, 14, 15),
      ]),
    ).toEqual([]);
  });

  it('finds a lost link, and a wrong one', () => {
    expect(broken([claim(1, 0, 1), read(undefined, 2, 3)])).toEqual(['links-kept']);
    expect(broken([claim(1, 0, 1), read({ podId: 2 }, 2, 3)])).toEqual(['links-kept']);
    expect(broken([removal(0, 1), read({ podId: 2 }, 2, 3)])).toEqual(['links-kept']);
  });

  it('finds a claim over a claim, and a link that was made twice', () => {
    expect(broken([claim(1, 0, 1), claim(2, 2, 3)])).toEqual(['links-kept']);
    expect(broken([claim(1, 0, 1), place(2, 2, 3)])).toEqual(['links-kept']);
  });

  it('accepts either link in a read that overlaps a write', () => {
    const changes = [claim(1, 0, 1), removal(2, 6), claim(2, 3, 8)];
    for (const link of [{ podId: 1 }, undefined, { podId: 2 }]) {
      expect(broken([...changes, read(link, 4, 5)])).toEqual([]);
    }
  });

  it('accepts the end of a temporary link after its time to live, not before', () => {
    expect(broken([place(1, 0, 1), read(undefined, 1_001, 1_002)])).toEqual([]);
    expect(broken([place(1, 0, 1), read(undefined, 500, 501)])).toEqual(['links-kept']);
  });

  it('accepts lost links in a failover, and checks those acknowledged since', () => {
    const loss: HistoryEvent = { type: 'loss', start: 2, end: 10 };
    expect(broken([claim(1, 0, 1), loss, read(undefined, 11, 12)])).toEqual([]);
    expect(broken([claim(1, 0, 1), loss, claim(2, 11, 12), read(undefined, 13, 14)])).toEqual(['links-kept']);
  });
});

describe('deadlines-kept', () => {
  const lost = claim(1, 0, 10, { outcome: 'unknown' });

  it('accepts both effects of a write with an unknown outcome', () => {
    expect(broken([lost, read({ podId: 1 }, 11, 12)])).toEqual([]);
    expect(broken([lost, read(undefined, 11, 12)])).toEqual([]);
  });

  it('finds a write that acts after its deadline', () => {
    expect(broken([lost, read(undefined, 11, 12), read({ podId: 1 }, 13, 14)])).toEqual(['deadlines-kept']);
    expect(broken([lost, claim(2, 11, 12), read({ podId: 1 }, 13, 14)])).toEqual(['deadlines-kept']);
  });

  it('finds a write that acted although it reported no effect', () => {
    const none = claim(1, 0, 10, { outcome: 'none' });
    expect(broken([none, read({ podId: 1 }, 13, 14)])).toEqual(['deadlines-kept']);
  });
});

describe('one-server', () => {
  it('accepts one pod after the other', () => {
    expect(broken([serve(1, 5, 0), serve(1, 5, 10), serve(2, 6, 11), serve(1, 7, 12)])).toEqual([]);
  });

  it('finds two pods at one time', () => {
    expect(broken([serve(1, 5, 0), serve(2, 6, 5), serve(1, 5, 10)])).toEqual(['one-server']);
  });

  it('counts refused serves only with everyServeCounts', () => {
    const late = [serve(1, 5, 0), serve(2, 6, 5), serve(1, 5, 10, false)];
    expect(broken(late)).toEqual([]);
    expect(broken(late, true)).toEqual(['one-server']);
  });
});

describe('fenced-first', () => {
  const takeOver = place(2, 10, 11, { requires: undefined, takesOver: { podId: 1, token: 5 } });

  it('accepts a take-over after the fence', () => {
    expect(
      broken([{ type: 'serving', podId: 1, at: 0 }, { type: 'fenced', podId: 1, at: 9 }, takeOver]),
    ).toEqual([]);
  });

  it('finds users taken from a serving pod', () => {
    const serving: HistoryEvent = { type: 'serving', podId: 1, at: 0 };
    expect(broken([serving, { type: 'fenced', podId: 1, at: 12 }, takeOver])).toEqual(['fenced-first']);
    expect(broken([serving, { ...takeOver, outcome: 'unknown' }])).toEqual(['fenced-first']);
  });

  it('accepts a hand-off by the owner', () => {
    expect(
      broken([
        { type: 'serving', podId: 1, at: 0 },
        { ...takeOver, by: 1 },
      ]),
    ).toEqual([]);
  });
});

describe('tokens-grow', () => {
  const made = (podId: number, token: number, start: number, end: number): LinkWrite =>
    claim(podId, start, end, { makes: { podId, permanent: true, token } });

  it('accepts a greater token of each owner, and the same token of the same owner', () => {
    expect(broken([made(1, 5, 0, 1), made(1, 5, 2, 3), removal(4, 5), made(2, 6, 6, 7)])).toEqual([]);
  });

  it('finds a smaller token, and one that two owners have', () => {
    expect(broken([made(1, 5, 0, 1), removal(2, 3), made(2, 4, 4, 5)])).toEqual(['tokens-grow']);
    expect(broken([made(1, 5, 0, 1), removal(2, 3), made(2, 5, 4, 5)])).toEqual(['tokens-grow']);
  });

  it('does not compare claims that were made at the same time', () => {
    expect(broken([made(1, 5, 0, 4), removal(0, 9), made(2, 4, 2, 5)])).toEqual([]);
  });
});
