import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { ManualClock } from '@stateful-route/core/testing';
import { type RedisServer, startProxy, startRedis, type TcpProxy } from '@stateful-route/harness';
import { Redis, type RedisOptions } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { report } from './support/redis-fixture.ts';

const ns = 'game';
const ends: (() => unknown)[] = [];
let server: RedisServer;
beforeEach(async () => {
  server = await startRedis();
  ends.push(() => server.stop());
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function executorsOn(url: string, options: RedisOptions = safeRedisOptions()): Executors & { client: Redis } {
  const client = new Redis(url, options);
  client.on('error', () => {});
  const executors = createRedisExecutors({ client });
  ends.push(async () => {
    await executors.close();
    client.disconnect();
  });
  return { ...executors, client };
}

async function proxied(options?: RedisOptions): Promise<Executors & { client: Redis; wire: TcpProxy }> {
  const wire = await startProxy(server.host, server.port);
  ends.push(() => wire.stop());
  return { ...executorsOn(wire.url, options), wire };
}

async function epochOf({ stateful }: Executors): Promise<number> {
  return (await stateful.getServiceState(ns, 'room')).epoch;
}

type Write = (executors: Executors, uid: string, epoch: number) => Promise<unknown>;

const writes: Record<string, Write> = {
  'a placement': ({ stateful }, uid, epoch) =>
    stateful.setLinkedPodIfAbsent(ns, uid, 'room', 0, 60, { epoch }),
  'a claim': ({ stateful }, uid, epoch) =>
    stateful.trySetLinkedPod(ns, uid, 'room', 0, PERSIST_FOREVER, { epoch }),
  'an assertion': ({ stateful }, uid, epoch) =>
    stateful.trySetLinkedPod(ns, uid, 'room', 0, PERSIST_FOREVER, { epoch, assertToken: 7 }),
};

const stale = (epoch: number) => ({ code: 'STORE_ERROR', retryable: true, epoch });

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable('resolved'),
    (error: unknown) => error,
  );
}

describe('a server that was killed, and came back empty', () => {
  it.each(Object.entries(writes))('is not written %s that rests on a reading before', async (_, write) => {
    const executors = executorsOn(server.url);
    const before = await epochOf(executors);
    await server.kill();
    await server.restart();
    await expect.poll(() => epochOf(executors).catch(() => undefined)).toBeGreaterThan(before);
    const epoch = await epochOf(executors);
    const error = await errorOf(write(executors, 'ada', before));
    expect(error).toMatchObject(stale(epoch));
    expect(String(error)).toContain('read again');
    expect(await server.client.dbsize()).toBe(0);
    await write(executors, 'ada', epoch);
    expect(await executors.stateful.getLinkedPod(ns, 'ada', 'room')).toBe(0);
  });

  it('is written none of those that never cease, whenever they are sent', async () => {
    const executors = executorsOn(server.url);
    const before = await epochOf(executors);
    const outcomes = new Set<unknown>();
    let calls = 0;
    const over = new AbortController();
    const load = Array.from({ length: 8 }, async (_none, at) => {
      const write = Object.values(writes)[at % 3]!;
      while (!over.signal.aborted) {
        calls += 1;
        const call = write(executors, `user-${calls}`, before);
        outcomes.add(
          await call.then(
            () => 'written',
            (error: { code: string }) => error.code,
          ),
        );
        await new Promise(setImmediate);
      }
    });
    await expect.poll(() => outcomes.has('written')).toBe(true);
    await server.restart();
    await expect.poll(() => epochOf(executors).catch(() => undefined)).toBeGreaterThan(before);
    const seen = calls;
    await expect.poll(() => calls).toBeGreaterThan(seen + 100);
    over.abort();
    await Promise.all(load);
    expect(await server.client.dbsize()).toBe(0);
  });
});

describe('a new connection', () => {
  it('begins an epoch, and a reading or heartbeat over one connection none', async () => {
    const { stateful, client, ...executors } = executorsOn(server.url);
    const before = await epochOf({ stateful, ...executors });
    const beat = await stateful.setServiceState(ns, 'room', 0, report('1.a.0', 0));
    expect(beat.epoch).toBe(before);
    client.disconnect(true);
    await expect.poll(() => epochOf({ stateful, ...executors }).catch(() => 0)).toBeGreaterThan(before);
  });

  it('is the same one to all executors on a client', async () => {
    const { client, ...one } = executorsOn(server.url);
    const other = createRedisExecutors({ client });
    expect(await epochOf(other)).toBe(await epochOf(one));
    await other.close();
  });
});

/** All that a client may be set to that sends a command again. */
const risky: RedisOptions = { retryStrategy: () => 20, maxRetriesPerRequest: null };

describe('a client that sends commands again by itself', () => {
  it.each(Object.entries(writes))('does not carry %s over to another connection', async (_, write) => {
    const executors = await proxied(risky);
    const epoch = await epochOf(executors);
    const send = vi.spyOn(executors.client, 'sendCommand');
    executors.wire.hold();
    const call = errorOf(write(executors, 'ada', epoch));
    await expect.poll(() => send.mock.calls.length).toBeGreaterThan(0);
    // What was held is lost with its connection; the client then has it still to send.
    executors.wire.cut();
    executors.wire.pass();
    // It was sent once, and it is unknown whether it arrived.
    expect(await call).toMatchObject({ code: 'TIMEOUT', effect: 'unknown' });
    expect(await epochOf(executors)).toBeGreaterThan(epoch);
    expect(await server.client.dbsize()).toBe(0);
  });

  it('still sends again what rests on no epoch', async () => {
    const executors = await proxied(risky);
    await epochOf(executors);
    executors.wire.hold();
    const call = executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60);
    await new Promise(setImmediate);
    executors.wire.cut();
    executors.wire.pass();
    expect(await call).toMatchObject({ podId: 0 });
  });

  it('refuses what waited in its queue for a connection', async () => {
    const executors = await proxied(risky);
    const epoch = await epochOf(executors);
    executors.wire.cut();
    // The client does not know yet that it has lost its connection.
    executors.client.stream.destroy();
    expect(executors.client.status).toBe('ready');
    expect(await errorOf(writes['a placement']!(executors, 'ada', epoch))).toMatchObject({
      code: 'STORE_ERROR',
      epoch: epoch + 1,
    });
    expect(await server.client.dbsize()).toBe(0);
  });
});

describe('a server that has forgotten the scripts', () => {
  it('is sent them again for a call that rests on an epoch', async () => {
    const executors = executorsOn(server.url);
    const epoch = await epochOf(executors);
    for (const [at, write] of Object.values(writes).entries()) {
      await server.client.script('FLUSH');
      await write(executors, `user-${at}`, epoch);
      await server.client.script('FLUSH');
      await write(executors, `user-${at}`, epoch);
    }
    expect(await server.client.keys('sf:*room')).toHaveLength(3);
  });
});

describe('a call that waits while the server is away', () => {
  it('ends by the clock that was given, and by no other', async () => {
    const wire = await startProxy(server.host, server.port);
    ends.push(() => wire.stop());
    wire.blackhole();
    const clock = new ManualClock();
    const executors = createRedisExecutors({ url: wire.url, clock, timeoutMs: 3_600_000 });
    ends.push(() => executors.close());
    const options = { timeoutMs: 3_000_000 };
    const calls = Promise.all([
      errorOf(executors.stateful.getServiceState(ns, 'room', options)),
      errorOf(executors.stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, options)),
    ]);
    await clock.advance(3_000_001);
    expect(await calls).toMatchObject([{ code: 'TIMEOUT' }, { code: 'TIMEOUT', effect: 'none' }]);
  });

  it('ends at once by its signal, with the reason of the signal', async () => {
    const executors = await proxied();
    await epochOf(executors);
    executors.wire.blackhole();
    executors.client.disconnect(true);
    await expect.poll(() => executors.client.status).toBe('connect');
    const { stateful, server: tags, feed } = executors;
    const calls = (signal: AbortSignal): Promise<unknown>[] => [
      stateful.getServiceState(ns, 'room', { signal }),
      stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 0, 60, { signal }),
      stateful.trySetLinkedPod(ns, 'ada', 'room', 0, PERSIST_FOREVER, { signal }),
      stateful.enterRoster(ns, 'room', 0, 'ada', { incarnation: 'a', signal }),
      stateful.readRoster(ns, 'room', 0, { signal }),
      stateful.getLinkService(ns, 'ada', { signal }),
      tags.listServices(ns, { signal }),
      feed.subscribePod(ns, 'room', 0, () => {}, { signal }),
    ];
    const controller = new AbortController();
    const ended = Promise.allSettled(calls(controller.signal));
    const reason = new Error('no longer wanted');
    const at = performance.now();
    controller.abort(reason);
    for (const end of await ended) expect(end).toEqual({ status: 'rejected', reason });
    expect(performance.now() - at).toBeLessThan(200);
  });
});
