import { PERSIST_FOREVER } from '@stateful-route/core';
import { BATCH_LIMIT } from '@stateful-route/core/adapter';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { serverClocksOf } from '../src/calls/server-clock.ts';
import {
  countedExecutors,
  type Ends,
  outcomes,
  type SentCommand,
  together,
  warmExecutors,
} from './support/counted-executors.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();
const ends: Ends = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const warm = () => warmExecutors(fixture.server.url, ends);
const fresh = () => countedExecutors(fixture.server.url, ends);
const names = (sent: readonly SentCommand[]): string[] => sent.map(({ name }) => name);
const linkKey = (uid: string): string => `sf:{${fixture.ns}:lk:${uid}}room`;

describe('a call without company', () => {
  it('is a plain GET, where it looks a user up', async () => {
    const { stateful, sent } = await warm();
    expect(await stateful.getLinkedPod(fixture.ns, 'ada', 'room')).toBeUndefined();
    expect(sent()).toEqual([{ name: 'get', keys: [linkKey('ada')] }]);
    expect((await stateful.batchGetLinkedPod(fixture.ns, ['ada'], 'room')).size).toBe(0);
    expect(names(sent())).toEqual(['get']);
  });

  it('is sent within the tick, before any I/O', async () => {
    const { stateful, sent } = await warm();
    const looked = stateful.getLinkedPod(fixture.ns, 'ada', 'room');
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    expect(names(sent())).toEqual(['get']);
    await looked;
  });
});

describe('calls of one tick', () => {
  it.each([2, 33, 128])('are one command where calls came one at a time before: %i', async (count) => {
    const { stateful, sent } = await warm();
    await together(count, (at) => stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', at, 60));
    expect(sent().map(({ keys }) => keys.length / 3)).toEqual([count]);
  });

  it.each([129, 512, 1_000])('are several commands of up to 128, in order: %i', async (count) => {
    const { stateful, sent } = await warm();
    await together(count, (at) => stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', at, 60));
    const links = await together(count, (at) => stateful.getLink(fixture.ns, `user-${at}`, 'room'));
    expect(links.map(({ podId }) => podId)).toEqual([...links.keys()]);
    const keys = sent().flatMap((command) => (command.keys.length > 0 ? [command.keys] : []));
    expect(keys.length).toBeLessThan(count / 12);
    for (const some of keys) expect(some.length).toBeLessThanOrEqual(3 * 128);
    expect(keys.flat().length).toBe(5 * count);
  });

  it('are cut into two commands while few are in flight', async () => {
    const { stateful, sent } = await warm();
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let at = 0; at < 10; at++) await stateful.getLinkedPod(fixture.ns, `user-${caller}-${at}`, 'room');
    });
    await Promise.all(callers);
    const [first, ...others] = sent().map(({ keys }) => keys.length);
    expect([first, new Set(others)]).toEqual([8, new Set([4])]);
  });

  it('share a command with those of their kind, though others are made between them', async () => {
    const { stateful, sent } = await warm();
    const { ns } = fixture;
    await together(20, (at) =>
      Promise.all([
        stateful.getLinkedPod(ns, `seen-${at}`, 'room'),
        stateful.setLinkedPodIfAbsent(ns, `placed-${at}`, 'room', at, 60),
        stateful.trySetLinkedPod(ns, `claimed-${at}`, 'room', at, PERSIST_FOREVER),
      ]),
    );
    expect(sent().map(({ keys }) => keys.length)).toEqual([20, 60, 60]);
  });

  it('share none with what they would overtake', async () => {
    const { stateful, sent } = await warm();
    const { ns } = fixture;
    const [before, , after] = await Promise.all([
      stateful.getLinkedPod(ns, 'ada', 'room'),
      stateful.setLinkedPod(ns, 'ada', 'room', 1, 60),
      stateful.getLinkedPod(ns, 'ada', 'room'),
      stateful.getLinkedPod(ns, 'bob', 'room'),
    ]);
    expect([before, after]).toEqual([undefined, 1]);
    expect(sent().map(({ name, keys }) => [name, keys.length])).toEqual([
      ['get', 1],
      ['evalsha', 3],
      ['evalsha', 2],
    ]);
  });

  it('share none with those of another namespace, or another kind', async () => {
    const { stateful, sent } = await warm();
    const places = [uniqueNamespace(), uniqueNamespace()];
    await together(10, (at) =>
      Promise.all([
        stateful.setLinkedPodIfAbsent(places[at % 2]!, `user-${at}`, 'room', at, 60),
        stateful.getLink(places[at % 2]!, `other-${at}`, 'room'),
      ]),
    );
    const spaces = sent().map(
      ({ keys }) => new Set(keys.map((key) => places.findIndex((ns) => key.includes(`{${ns}:`)))),
    );
    expect(spaces).toEqual([0, 0, 1, 1].map((at) => new Set([at])));
  });

  it('are cut by their items, at a thousand at the latest; no call is cut that has fewer', async () => {
    const { stateful, sent } = await warm();
    const read = (count: number) =>
      stateful.batchGetLinkedPod(
        fixture.ns,
        Array.from({ length: count }, (_, at) => `user-${at}`),
        'room',
      );
    const pieces = (): number[] => sent().map(({ keys }) => keys.length);
    await Promise.all([read(10), read(1), read(20)]);
    expect(pieces()).toEqual([31]);
    await Promise.all([read(20), read(20), read(20)]);
    expect(pieces()).toEqual([20, 20, 20]);
    await Promise.all([read(600), read(400), read(601), read(400)]);
    expect(pieces()).toEqual([600, 400, 601, 400]);
    await Promise.all([read(2 * BATCH_LIMIT + 1), read(10)]);
    expect(pieces()).toEqual([1_000, 1_000, 11]);
  });

  it('spell what they have in common once', async () => {
    const { stateful, client } = await warm();
    const { ns } = fixture;
    const links = await together(40, async (at) => {
      const seconds = 100 + (at % 2);
      await stateful.trySetLinkedPod(ns, `user-${at}`, at % 3 ? 'room' : 'hall', at, PERSIST_FOREVER, {
        incarnation: `life-${at}`,
      });
      return stateful.setLinkedPod(ns, `guest-${at}`, 'room', 7, seconds);
    });
    expect(links).toEqual(links.map(() => ({ previous: undefined, token: undefined })));
    const ttls = await together(40, (at) => client.ttl(linkKey(`guest-${at}`)));
    for (const [at, ttl] of ttls.entries()) expect([99 + (at % 2), 100 + (at % 2)]).toContain(ttl);
    const claims = await together(40, (at) => stateful.getLink(ns, `user-${at}`, at % 3 ? 'room' : 'hall'));
    expect(claims).toMatchObject(claims.map((_, at) => ({ podId: at, incarnation: `life-${at}` })));
  });
});

describe('the first calls of a connection', () => {
  it('keep their order, and act though the time of the server was not known', async () => {
    const { stateful, sent } = fresh();
    const { ns } = fixture;
    const replies = await Promise.all([
      stateful.setLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER),
      stateful.getLinkedPod(ns, 'ada', 'room'),
      stateful.getLinkService(ns, 'ada'),
      stateful.removeLinkedPod(ns, 'ada', 'room'),
      stateful.getLinkedPod(ns, 'ada', 'room'),
    ]);
    expect(replies).toMatchObject([
      { token: expect.any(Number) },
      1,
      new Map([['room', 1]]),
      true,
      undefined,
    ]);
    // One TIME, and each call once.
    expect(sent().length).toBe(6);
  });

  it('are no more than they are, where nothing is written', async () => {
    const { stateful, sent } = fresh();
    await together(3, (at) => stateful.getLinkedPod(fixture.ns, `user-${at}`, 'room'));
    expect(sent().length).toBe(1);
  });

  it('are sent once more where the clock of the server has gone another way than was thought', async () => {
    const { stateful, sent, client } = await warm();
    serverClocksOf(client).learn('', Date.now() - 3_600_000);
    const placed = await together(40, (at) =>
      stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', at, 60),
    );
    expect(placed).toMatchObject(placed.map((_, at) => ({ podId: at, created: true })));
    // Refused, and sent again: by then forty are in flight.
    const items = sent().map(({ keys }) => keys.length / 3);
    expect(items[0]).toBe(40);
    expect(items.reduce((sum, count) => sum + count)).toBe(80);
  });
});

describe('close', () => {
  it('sends what was gathered, and refuses what comes later', async () => {
    const executors = await warm();
    const { ns } = fixture;
    const gathered = Promise.all([
      executors.stateful.setLinkedPod(ns, 'ada', 'room', 1, 60),
      executors.stateful.getLinkedPod(ns, 'ada', 'room'),
    ]);
    await executors.close();
    expect(await gathered).toEqual([{}, 1]);
    const closed = { code: 'NOT_RUNNING' };
    await expect(executors.stateful.getLinkedPod(ns, 'ada', 'room')).rejects.toMatchObject(closed);
    await expect(executors.stateful.batchGetLink(ns, ['ada'], 'room')).rejects.toMatchObject(closed);
    await expect(executors.stateful.getLinkService(ns, 'ada')).rejects.toMatchObject(closed);
    expect(executors.sent().length).toBe(2);
  });

  it('waits for it where the connection ends as well', async () => {
    const executors = createRedisExecutors({ url: fixture.server.url });
    await executors.stateful.setLinkedPod(fixture.ns, 'ada', 'room', 1, 60);
    const gathered = executors.stateful.setLinkedPod(fixture.ns, 'ada', 'room', 2, 60);
    await executors.close();
    expect(await gathered).toEqual({ previous: 1 });
  });

  it('fails what can no longer be sent, by a typed error', async () => {
    const executors = createRedisExecutors({ url: fixture.server.url });
    const gathered = outcomes(40, (at) => executors.stateful.getLink(fixture.ns, `user-${at}`, 'room'));
    await executors.close();
    expect(await gathered).toMatchObject(Array.from({ length: 40 }, () => ({ code: 'STORE_ERROR' })));
  });
});
