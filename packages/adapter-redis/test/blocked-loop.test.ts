import { type Executors, isRouteError } from '@stateful-route/core';
import { type RedisServer, startRedis } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { report } from './support/redis-fixture.ts';

const TIMEOUT_MS = 1_000;
const BLOCKED_MS = 2_500;
const REPLY_AFTER_MS = 300;

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Blocks the event loop. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function executorsWith(client: Redis | undefined): Executors {
  const executors = createRedisExecutors(
    client ? { client, timeoutMs: TIMEOUT_MS } : { url: server.url, timeoutMs: TIMEOUT_MS },
  );
  ends.push(() => executors.close());
  return executors;
}

describe('a process that is blocked for longer than a call has', () => {
  it.each([
    ['an own client', (): undefined => undefined],
    [
      'a client that is given',
      (): Redis => {
        const client = new Redis(server.url, safeRedisOptions({ timeoutMs: TIMEOUT_MS }));
        ends.push(() => client.disconnect());
        return client;
      },
    ],
  ])('uses the replies that have arrived in between: %s', async (_, made) => {
    const { stateful, server: tags, feed } = executorsWith(made());
    await stateful.setLinkedPod('game', 'ada', 'room', 1, 60);
    await feed.subscribe('game', 'room', () => {});

    await server.client.call('CLIENT', 'PAUSE', REPLY_AFTER_MS, 'ALL');
    const calls = [
      stateful.getLinkedPod('game', 'ada', 'room'),
      stateful.setLinkedPodIfAbsent('game', 'ada', 'room', 2, 60),
      stateful.batchGetLinkedPod('game', ['ada'], 'room'),
      stateful.setServiceState('game', 'room', 1, report('one', 0)),
      tags.setGlobalServiceNameTag('game', 'tag', 'room'),
      feed.subscribePod('game', 'room', 1, () => {}),
    ];
    const outcomes = Promise.allSettled(calls);
    // What was gathered has been written by then.
    for (let turns = 0; turns < 3; turns++) await turn();
    block(BLOCKED_MS);
    expect(await outcomes).toEqual(calls.map(() => expect.objectContaining({ status: 'fulfilled' })));
  });

  it('sends nothing whose time is over, and says so', async () => {
    const { stateful } = executorsWith(undefined);
    await stateful.setLinkedPod('game', 'bob', 'room', 1, 60);
    // Gathered, and sent when the tick is over.
    const late = stateful.setLinkedPod('game', 'bob', 'room', 2, 60);
    block(TIMEOUT_MS + 100);
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', effect: 'none', retryable: true });
    expect(await stateful.getLinkedPod('game', 'bob', 'room')).toBe(1);
  });
});

describe('a connection on which nothing comes', () => {
  it('is ended all the same, and replaced', async () => {
    const client = new Redis(server.url, { ...safeRedisOptions(), socketTimeout: 50 });
    ends.push(() => client.disconnect());
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    const { stateful } = executorsWith(client);
    await stateful.getLinkedPod('game', 'ada', 'room');
    server.pause();
    const outcome = await stateful.getLinkedPod('game', 'ada', 'room').catch((error: unknown) => error);
    server.resume();
    expect(isRouteError(outcome, 'STORE_ERROR') && outcome.retryable).toBe(true);
    expect(errors).toContainEqual(expect.stringContaining('Socket timeout'));
    await expect.poll(() => stateful.getLinkedPod('game', 'nobody', 'room')).toBeUndefined();
  });
});
