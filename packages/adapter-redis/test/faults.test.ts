import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { type Executors, isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import { startProxy, type TcpProxy } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors } from '../src/index.ts';
import { redisFixture, report } from './support/redis-fixture.ts';

const fixture = redisFixture();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

function executorsAt(url: string, options: { timeoutMs?: number } = {}): Executors {
  const executors = createRedisExecutors({ url, ...options });
  ends.push(() => executors.close());
  return executors;
}

async function proxy(): Promise<TcpProxy> {
  const made = await startProxy(fixture.server.host, fixture.server.port);
  ends.push(() => made.stop());
  return made;
}

/** A server that says the same to every command; it may say nothing. */
async function server(answer: string): Promise<string> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const commands = data.toString().match(/^\*/gm)?.length ?? 1;
      socket.write(answer.repeat(commands));
    });
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return `redis://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.unreachable(`resolved with ${inspect(value)}`),
    (error: unknown) => error,
  );
}

describe('a server that is down', () => {
  it('fails calls fast, and says why', async () => {
    const executors = executorsAt('redis://127.0.0.1:1');
    for (let repeat = 0; repeat < 3; repeat++) {
      // Not by its deadline, which would be a TIMEOUT.
      const error = await errorOf(executors.stateful.setLinkedPod('game', 'ada', 'room', 1, 60));
      expect(error).toMatchObject({ code: 'STORE_ERROR', operation: 'setLinkedPod', retryable: true });
      if (repeat === 0) expect(String(error)).toContain('ECONNREFUSED');
    }
    expect(await errorOf(executors.feed.subscribe('game', 'room', () => {}))).toMatchObject({
      code: 'STORE_ERROR',
    });
  });

  it('fails many calls at once, with one wait for all of them', async () => {
    const warned = vi.fn<(warning: Error) => void>();
    process.on('warning', warned);
    const executors = executorsAt('redis://127.0.0.1:1');
    const calls = Array.from({ length: 100 }, () =>
      errorOf(executors.stateful.getLink('game', 'ada', 'room')),
    );
    expect((await Promise.all(calls)).every((error) => isRouteError(error, 'STORE_ERROR'))).toBe(true);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it('serves again when it is back', async () => {
    const wire = await proxy();
    const executors = executorsAt(wire.url);
    expect(await executors.stateful.getLinkedPod(fixture.ns, 'ada', 'room')).toBeUndefined();
    wire.cutOnReply();
    await errorOf(executors.stateful.getLink(fixture.ns, 'ada', 'room'));
    wire.pass();
    await expect.poll(() => executors.stateful.getLinkedPod(fixture.ns, 'ada', 'room')).toBeUndefined();
  });
});

describe('a server that accepts and never answers', () => {
  it('ends every call by its deadline, having sent nothing', async () => {
    const executors = executorsAt(await server(''), { timeoutMs: 200 });
    const error = await errorOf(executors.stateful.setLinkedPod('game', 'ada', 'room', 1, 60));
    expect(error).toMatchObject({
      code: 'TIMEOUT',
      effect: 'none',
      timeoutMs: 200,
      operation: 'setLinkedPod',
      retryable: true,
    });
    const own = await errorOf(executors.server.listServices('game', { timeoutMs: 50 }));
    expect(own).toMatchObject({ code: 'TIMEOUT', effect: 'none', timeoutMs: 50 });
    const feed = await errorOf(executors.feed.subscribe('game', 'room', () => {}, { timeoutMs: 50 }));
    expect(feed).toMatchObject({ code: 'TIMEOUT', effect: 'none', operation: 'subscribe' });
  });

  it('ends a call by its signal, with the reason of the signal', async () => {
    const executors = executorsAt(await server(''));
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const call = errorOf(executors.stateful.getLink('game', 'ada', 'room', { signal: controller.signal }));
    controller.abort(reason);
    expect(await call).toBe(reason);
  });
});

describe('a call that was given up before it was sent', () => {
  it('is not sent when the connection comes', async () => {
    const { ns, redis } = fixture;
    const wire = await proxy();
    wire.hold();
    const { stateful } = executorsAt(wire.url);
    const given = stateful.setLinkedPod(ns, 'ada', 'room', 1, 60, { timeoutMs: 50 });
    const kept = stateful.setLinkedPod(ns, 'bob', 'room', 1, 60);
    expect(await errorOf(given)).toMatchObject({ code: 'TIMEOUT', effect: 'none' });
    wire.pass();
    await kept;
    expect(await redis.get(`sf:{${ns}:lk:bob}room`)).toBe('1');
    expect(await redis.exists(`sf:{${ns}:lk:ada}room`)).toBe(0);
  });
});

describe('a reply that is lost', () => {
  it.each([
    ['a read', 'read', { code: 'STORE_ERROR', retryable: true }],
    ['a write that may be repeated', 'repeatable', { code: 'TIMEOUT', effect: 'unknown', retryable: true }],
    ['a write that may not', 'once', { code: 'TIMEOUT', effect: 'unknown', retryable: false }],
  ])('with its connection: %s', async (_, kind, expected) => {
    const { ns } = fixture;
    const wire = await proxy();
    const { stateful } = executorsAt(wire.url);
    await stateful.getServiceState(ns, 'room');
    wire.cutOnReply();
    const call =
      kind === 'read'
        ? stateful.getLink(ns, 'ada', 'room')
        : kind === 'repeatable'
          ? stateful.setLinkedPodIfAbsent(ns, 'ada', 'room', 1, 60)
          : stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
    expect(await errorOf(call)).toMatchObject(expected);
    if (kind !== 'read') expect(await fixture.redis.get(`sf:{${ns}:lk:ada}room`)).toBe('1');
  });

  it.each([
    ['a read', 'none'],
    ['a write', 'unknown'],
  ])('without a sign: %s ends by its deadline', async (kind, effect) => {
    const { ns } = fixture;
    const wire = await proxy();
    const { stateful } = executorsAt(wire.url);
    await stateful.getServiceState(ns, 'room');
    wire.dropReplies();
    const options = { timeoutMs: 100 };
    const call =
      kind === 'a read'
        ? stateful.getLink(ns, 'ada', 'room', options)
        : stateful.setLinkedPod(ns, 'ada', 'room', 1, 60, options);
    expect(await errorOf(call)).toMatchObject({ code: 'TIMEOUT', effect });
  });

  it('is never sent for a second time', async () => {
    const { ns, redis } = fixture;
    const wire = await proxy();
    const { stateful } = executorsAt(wire.url);
    await stateful.getServiceState(ns, 'room');
    wire.cutOnReply();
    await errorOf(stateful.setLinkedPod(ns, 'ada', 'room', 1, 60));
    await redis.set(`sf:{${ns}:lk:ada}room`, 2);
    wire.pass();
    await expect.poll(() => stateful.getLinkedPod(ns, 'ada', 'room')).toBe(2);
  });
});

describe('a write that reaches the server late', () => {
  it('does nothing past its deadline, on a connection that knows the time', async () => {
    const { ns, redis } = fixture;
    const wire = await proxy();
    const { stateful } = executorsAt(wire.url);
    await stateful.getServiceState(ns, 'room');
    wire.hold();
    const calls = [
      stateful.setLinkedPod(ns, 'ada', 'room', 1, 60, { timeoutMs: 50 }),
      stateful.trySetLinkedPod(ns, 'bob', 'room', 1, PERSIST_FOREVER, { timeoutMs: 50 }),
      stateful.setServiceState(ns, 'room', 0, report('late', 0), { timeoutMs: 50 }),
    ];
    // They end in any order, so each is awaited from the start.
    for (const error of await Promise.all(calls.map(errorOf))) {
      expect(error).toMatchObject({ code: 'TIMEOUT', effect: 'unknown' });
    }
    wire.pass();
    // On the same connection, so after the writes that were held.
    await stateful.getServiceState(ns, 'room');
    expect(await redis.keys(`sf:{${ns}:*`)).toEqual([]);
  });

  it('is sent once more where the server’s clock is not known, and then acts', async () => {
    const { ns } = fixture;
    const { stateful } = executorsAt(fixture.server.url);
    expect(await stateful.setLinkedPod(ns, 'ada', 'room', 1, 60)).toEqual({});
    expect(await stateful.getLinkedPod(ns, 'ada', 'room')).toBe(1);
  });
});

describe("a server's refusal", () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', true],
    ["READONLY You can't write against a read only replica.", true],
    ["OOM command not allowed when used memory > 'maxmemory'.", true],
    ['NOPERM this user has no permissions to run the command', false],
  ])('%s is retryable or not', async (message, retryable) => {
    const url = await server(`-${message}\r\n`);
    const client = new Redis(url, { enableReadyCheck: false, disableClientInfo: true, protocol: 2 });
    client.on('error', () => {});
    ends.push(async () => client.disconnect());
    const { stateful } = createRedisExecutors({ client });
    const error = await errorOf(stateful.setLinkedPod('game', 'ada', 'room', 1, 60));
    expect(error).toMatchObject({ code: 'STORE_ERROR', operation: 'setLinkedPod', retryable });
    expect(String(error)).toContain(message);
  });
});

describe('a password', () => {
  const canary = 'canary-4711';

  it.each([
    ['a user that is refused', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
    [
      'a server that quotes what it does not know',
      `-ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '${canary}' \r\n`,
    ],
  ])('is in no error and no log line of %s', async (_, answer) => {
    const said: unknown[] = [];
    const receive = (...words: unknown[]): void => {
      said.push(words);
    };
    const consoles = (['error', 'warn', 'log'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(receive),
    );
    const url = (await server(answer)).replace('redis://', `redis://pod:${canary}@`);
    const executors = createRedisExecutors({
      url,
      logger: { debug: receive, info: receive, warn: receive, error: receive },
    });
    ends.push(() => executors.close());
    const errors = [
      await errorOf(executors.stateful.getLink('game', 'ada', 'room')),
      await errorOf(executors.feed.subscribe('game', 'room', () => {})),
      await errorOf(executors.stateful.setLinkedPod('game', 'ada', 'room', 1, 60)),
    ];
    for (const spy of consoles) spy.mockRestore();
    expect(errors.map((error) => isRouteError(error, 'STORE_ERROR'))).toEqual([true, true, true]);
    expect(said.length).toBeGreaterThan(0);
    for (const thing of [...errors, ...said]) {
      expect(inspect(thing, { depth: 20, showHidden: true })).not.toContain(canary);
      expect(JSON.stringify(thing)).not.toContain(canary);
    }
  });
});
