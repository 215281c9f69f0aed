import type { RosterEntry } from '@stateful-route/core/adapter';
import { describe, expect, it } from 'vitest';
import { together } from './support/counted-executors.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();
const key = (): string => `sf:{${fixture.ns}:state:room}:roster:3`;
const incarnation = '9.a:b.0';
const enter = (uid: string): Promise<number> =>
  fixture.executors.stateful.enterRoster(fixture.ns, 'room', 3, uid, { incarnation });
const leave = (uid: string, number: number): Promise<boolean> =>
  fixture.executors.stateful.leaveRoster(fixture.ns, 'room', 3, uid, { number });

async function all(): Promise<RosterEntry[][]> {
  const pages: RosterEntry[][] = [];
  let cursor: string | undefined;
  do {
    const page = await fixture.executors.stateful.readRoster(fixture.ns, 'room', 3, { cursor });
    pages.push([...page.entries]);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

describe('a roster', () => {
  it('keeps each user with its number and incarnation, under a key of its ordinal', async () => {
    const number = await enter('ada');
    expect(await fixture.redis.hgetall(key())).toEqual({
      ada: `${number}:${incarnation}`,
      '{': String(number),
    });
    expect(await all()).toEqual([[{ uid: 'ada', incarnation, number }]]);
  });

  it('of ten thousand users is read in pages, each of them once', async () => {
    const uids = Array.from({ length: 10_000 }, (_, at) => `user-${at}`);
    const numbers = await together(uids.length, (at) => enter(uids[at]!));
    expect(new Set(numbers).size).toBe(uids.length);
    const pages = await all();
    expect(pages.length).toBeGreaterThan(5);
    const read = pages.flat().map(({ uid }) => uid);
    expect(read.toSorted()).toEqual(uids.toSorted());
    const left = await together(uids.length, (at) => leave(uids[at]!, numbers[at]!));
    expect(left.every(Boolean)).toBe(true);
    expect(await fixture.redis.exists(key())).toBe(0);
  });

  it('keeps an entry that was made again', async () => {
    const [first, second] = [await enter('ada'), await enter('ada')];
    expect(second).toBeGreaterThan(first);
    expect(await leave('ada', first)).toBe(false);
    expect(await leave('ada', second)).toBe(true);
    expect(await leave('ada', second)).toBe(false);
  });

  it('is gone with its last user, and its numbers go on growing', async () => {
    const { redis } = fixture;
    const first = await enter('ada');
    expect(await leave('ada', first)).toBe(true);
    expect(await redis.exists(key())).toBe(0);
    expect(await enter('ada')).toBeGreaterThan(first);
  });

  it('counts on from a number that the clock has not reached', async () => {
    const { redis } = fixture;
    await redis.hset(key(), '{', 2 ** 52);
    expect(await enter('ada')).toBe(2 ** 52 + 1);
    expect(await enter('bob')).toBe(2 ** 52 + 2);
  });

  it('is read from the beginning where a cursor is of another epoch', async () => {
    await together(2_000, (at) => enter(`user-${at}`));
    const { stateful } = fixture.executors;
    const { cursor, entries } = await stateful.readRoster(fixture.ns, 'room', 3);
    const position = cursor!.split(':')[1]!;
    const again = await stateful.readRoster(fixture.ns, 'room', 3, { cursor: `0:${position}` });
    expect(again).toEqual({ cursor, entries });
  });

  it('keeps the order of concurrent calls', async () => {
    const { stateful } = fixture.executors;
    const [number, page] = await Promise.all([enter('ada'), stateful.readRoster(fixture.ns, 'room', 3)]);
    expect(page.entries).toEqual([{ uid: 'ada', incarnation, number }]);
  });
});
