import { PERSIST_FOREVER } from '@stateful-route/core';
import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { type RedisServer, startProxy, startRedis, type TcpProxy } from '@stateful-route/harness';
import { afterEach, describe, expect, it } from 'vitest';
import { getLinkedPod } from '../src/scripts/get-linked-pod.ts';
import {
  type CountedExecutors,
  type Ends,
  outcomes,
  together,
  warmExecutors,
} from './support/counted-executors.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();
const ends: Ends = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const linkKey = (uid: string): string => `sf:{${fixture.ns}:lk:${uid}}room`;
const tokenKey = (uid: string): string => `sf:{${fixture.ns}:lk:${uid}}:token`;

async function proxied(): Promise<CountedExecutors & { wire: TcpProxy }> {
  const wire = await startProxy(fixture.server.host, fixture.server.port);
  ends.push(() => wire.stop());
  return { ...(await warmExecutors(wire.url, ends)), wire };
}

/** A server that a test may spoil for everybody. */
async function ownServer(): Promise<{ stateful: StatefulExecutor; server: RedisServer }> {
  const server = await startRedis();
  ends.push(() => server.stop());
  const { stateful } = await warmExecutors(server.url, ends);
  return { stateful, server };
}

type Call = (stateful: StatefulExecutor, uid: string) => Promise<unknown>;

const reads: Record<string, Call> = {
  getLinkedPod: (stateful, uid) => stateful.getLinkedPod(fixture.ns, uid, 'room'),
  getLink: (stateful, uid) => stateful.getLink(fixture.ns, uid, 'room'),
  batchGetLinkedPod: (stateful, uid) => stateful.batchGetLinkedPod(fixture.ns, [`${uid}+`, uid], 'room'),
  batchGetLink: (stateful, uid) => stateful.batchGetLink(fixture.ns, [`${uid}+`, uid], 'room'),
};
const writes: Record<string, Call> = {
  setLinkedPodIfAbsent: (stateful, uid) => stateful.setLinkedPodIfAbsent(fixture.ns, uid, 'room', 1, 60),
  trySetLinkedPod: (stateful, uid) => stateful.trySetLinkedPod(fixture.ns, uid, 'room', 1, PERSIST_FOREVER),
  setLinkedPod: (stateful, uid) => stateful.setLinkedPod(fixture.ns, uid, 'room', 1, 60),
  replaceLinkedPod: (stateful, uid) => stateful.replaceLinkedPod(fixture.ns, uid, 'room', 0, 1, 60),
  removeLinkedPod: (stateful, uid) => stateful.removeLinkedPod(fixture.ns, uid, 'room'),
};

describe('among a hundred calls of one tick', () => {
  const damages: [string, Record<string, Call>, (uid: string) => Promise<unknown>][] = [
    ['a list for a link', { ...reads, ...writes }, (uid) => fixture.redis.rpush(linkKey(uid), 'a list')],
    ['garbage for a link', { ...reads, ...writes }, (uid) => fixture.redis.set(linkKey(uid), 'pod-1')],
    ['a list for tokens', writes, (uid) => fixture.redis.rpush(tokenKey(uid), 'a list')],
    ['garbage for a token', writes, (uid) => fixture.redis.hset(tokenKey(uid), 'room', 'x')],
  ];
  const cases = damages.flatMap(([what, calls, spoil]) =>
    Object.entries(calls).map(([method, call]) => ({ what, method, call, spoil })),
  );

  it.each(cases)('$what fails its own $method, and no other', async ({ call, spoil }) => {
    const { stateful } = fixture.executors;
    const damaged = [0, 7, 50, 99];
    for (const at of damaged) await spoil(`user-${at}`);
    const replies = await outcomes(100, (at) => call(stateful, `user-${at}`));
    const failed = [...replies.keys()].filter((at) => replies[at] instanceof Error);
    expect(failed).toEqual(damaged);
    for (const at of damaged) expect(replies[at]).toMatchObject({ code: 'STORE_ERROR', retryable: false });
  });
});

describe('a caller whose time is over', () => {
  it('ends alone; it does not act later, and the other calls succeed', async () => {
    const { stateful, wire } = await proxied();
    const { ns } = fixture;
    wire.hold();
    const patient = together(40, (at) => stateful.setLinkedPodIfAbsent(ns, `user-${at}`, 'room', at, 60));
    const hasty = stateful.setLinkedPodIfAbsent(ns, 'hasty', 'room', 1, 60, { timeoutMs: 30 });
    const later = together(40, (at) => stateful.setLinkedPodIfAbsent(ns, `late-${at}`, 'room', at, 60));
    await expect(hasty).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 30, effect: 'unknown' });
    wire.pass();
    expect((await patient).map(({ podId }) => podId)).toEqual((await later).map((_, at) => at));
    expect((await later).every(({ created }) => created)).toBe(true);
    expect(await fixture.redis.exists(linkKey('hasty'))).toBe(0);
  });

  it('ends at its own deadline if the server does not reply', async () => {
    const { stateful, wire } = await proxied();
    wire.blackhole();
    const times = [30, 60, 90, 30];
    const replies = await outcomes(40, (at) =>
      stateful.getLink(fixture.ns, `user-${at}`, 'room', { timeoutMs: times[at % 4] }),
    );
    expect(replies).toMatchObject(
      replies.map((_, at) => ({ code: 'TIMEOUT', timeoutMs: times[at % 4], effect: 'none' })),
    );
    wire.pass();
    await expect
      .poll(() => stateful.getLinkedPod(fixture.ns, 'user-0', 'room').catch(String))
      .toBeUndefined();
  });
});

describe('a caller that gives up', () => {
  it('ends alone with its reason; before it was sent, nothing is done', async () => {
    const { stateful, wire } = await proxied();
    const { ns } = fixture;
    const [early, late] = [new AbortController(), new AbortController()];
    const reason = new Error('no longer wanted');
    wire.hold();
    const replies = outcomes(40, (at) =>
      stateful.setLinkedPodIfAbsent(ns, `user-${at}`, 'room', at, 60, {
        signal: at === 3 ? early.signal : at === 30 ? late.signal : undefined,
      }),
    );
    early.abort(reason);
    // A round trip by another way: by now all were handed to the connection, where they are held.
    await expect.poll(() => fixture.redis.ping()).toBe('PONG');
    late.abort(reason);
    wire.pass();
    for (const [at, reply] of (await replies).entries()) {
      if (at === 3 || at === 30) expect(reply).toBe(reason);
      else expect(reply).toMatchObject({ podId: at, created: true });
    }
    expect(await fixture.redis.exists(linkKey('user-3'))).toBe(0);
    expect(await fixture.redis.exists(linkKey('user-30'))).toBe(1);
  });
});

describe('a connection that is lost', () => {
  it('is reported to each caller for its own call', async () => {
    const { stateful, wire } = await proxied();
    wire.cutOnReply();
    const [read, repeatable, once] = await Promise.all([
      outcomes(40, (at) => reads['getLink']!(stateful, `user-${at}`)),
      outcomes(40, (at) => writes['trySetLinkedPod']!(stateful, `claimed-${at}`)),
      outcomes(40, (at) => writes['setLinkedPod']!(stateful, `set-${at}`)),
    ]);
    const each = (shape: object): object[] => Array.from({ length: 40 }, () => shape);
    expect(read).toMatchObject(each({ code: 'STORE_ERROR', operation: 'getLink', retryable: true }));
    expect(repeatable).toMatchObject(each({ code: 'TIMEOUT', effect: 'unknown', retryable: true }));
    expect(once).toMatchObject(each({ code: 'TIMEOUT', effect: 'unknown', retryable: false }));
    wire.pass();
    await expect
      .poll(() => stateful.getLinkedPod(fixture.ns, 'user-0', 'room').catch(String))
      .toBeUndefined();
  });
});

describe('a server that refuses a whole command', () => {
  it.each([
    ['has no memory left', 'OOM', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['has become a replica', 'READONLY', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])(
    'as it %s fails each caller by a typed error, and serves again afterwards',
    async (_, word, spoil, heal) => {
      const { stateful, server } = await ownServer();
      const place = (at: number) => stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', at, 60);
      await server.client.call(...(spoil as [string, ...string[]]));
      const replies = await outcomes(40, place);
      expect(replies).toMatchObject(
        replies.map(() => ({ code: 'STORE_ERROR', operation: 'setLinkedPodIfAbsent', retryable: true })),
      );
      expect(String(replies[0])).toContain(word);
      await server.client.call(...(heal as [string, ...string[]]));
      await expect.poll(() => place(0).catch(String)).toMatchObject({ podId: 0, created: true });
      expect(await outcomes(40, place)).toMatchObject(replies.map((__, at) => ({ podId: at })));
    },
  );

  it('without the scripts gets them again', async () => {
    const { stateful, server } = await ownServer();
    await together(40, (at) => stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', at, 60));
    await server.client.script('FLUSH');
    const placed = together(40, (at) =>
      stateful.setLinkedPodIfAbsent(fixture.ns, `user-${at}`, 'room', 99, 60),
    );
    expect(await placed).toMatchObject((await placed).map((_, at) => ({ podId: at, created: false })));
    await server.client.script('FLUSH');
    const pods = together(40, (at) => stateful.getLinkedPod(fixture.ns, `user-${at}`, 'room'));
    expect(await pods).toEqual((await pods).map((_, at) => at));
  });
});

describe('a client that another program has wrapped', () => {
  it.each([1, 40])('fails each call by a typed error if it throws: %i', async (count) => {
    const { stateful, client } = await warmExecutors(fixture.server.url, ends);
    client.sendCommand = () => {
      throw new Error('the wrapper is broken');
    };
    const look = outcomes(count, (at) => reads['getLinkedPod']!(stateful, `user-${at}`));
    expect(await look).toMatchObject((await look).map(() => ({ code: 'STORE_ERROR' })));
    const place = outcomes(count, (at) => writes['trySetLinkedPod']!(stateful, `user-${at}`));
    expect(await place).toMatchObject((await place).map(() => ({ code: 'TIMEOUT', effect: 'unknown' })));
  });

  it('fails all calls of a command whose reply lacks an outcome: none of them becomes "no link"', async () => {
    const { stateful, client } = await warmExecutors(fixture.server.url, ends);
    Object.assign(client, { [getLinkedPod.command]: () => Promise.resolve([Date.now(), '["1"]']) });
    const pods = await outcomes(2, (at) => reads['getLinkedPod']!(stateful, `user-${at}`));
    expect(pods).toMatchObject([{ code: 'STORE_ERROR' }, { code: 'STORE_ERROR' }]);
  });
});
