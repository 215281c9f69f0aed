import { systemClock } from '@stateful-route/core';
import { type FeedEvent, LimitedLogger } from '@stateful-route/core/adapter';
import { startProxy } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { connectionOf } from '../src/client/connection.ts';
import { FeedConnection } from '../src/feed/feed-connection.ts';
import { redisFixture, report } from './support/redis-fixture.ts';

const fixture = redisFixture();
const channel = (service = 'room'): string => `sf:{${fixture.ns}:state:${service}}:events`;
type Log = (fields: object, message: string) => void;
const logged = { debug: vi.fn<Log>(), info: vi.fn<Log>(), warn: vi.fn<Log>(), error: vi.fn<Log>() };

let client: Redis;
let executors: ReturnType<typeof createRedisExecutors>;

beforeEach(() => {
  vi.clearAllMocks();
  client = new Redis(fixture.server.url, safeRedisOptions({ connectionName: fixture.ns }));
  executors = createRedisExecutors({ client, logger: logged });
});
afterEach(async () => {
  await executors.close();
  client.disconnect();
});

/** The ids of the feed's connections. */
async function feedIds(): Promise<string[]> {
  const all = String(await fixture.redis.client('LIST')).split('\n');
  return all
    .filter((line) => line.includes(`name=${fixture.ns}:feed `))
    .map((line) => /id=(\d+)/.exec(line)![1]!);
}

async function subscribersOf(name: string): Promise<number> {
  const [, count] = (await fixture.redis.pubsub('NUMSUB', name)) as [string, number];
  return count;
}

function listener(): { received: FeedEvent[]; receive: (event: FeedEvent) => void } {
  const received: FeedEvent[] = [];
  return { received, receive: (event) => void received.push(event) };
}

describe('the feed', () => {
  it('has one connection for all subscriptions, opened by the first', async () => {
    const { ns } = fixture;
    await executors.stateful.getLink(ns, 'ada', 'room');
    expect(await feedIds()).toEqual([]);
    const services = ['room', 'lobby', 'room', 'hall'];
    const ends = await Promise.all(
      services.map((service) => executors.feed.subscribe(ns, service, () => {})),
    );
    expect(await feedIds()).toHaveLength(1);
    expect(await subscribersOf(channel())).toBe(1);
    for (const end of ends) await end();
  });

  it('leaves a channel with its last listener', async () => {
    const { ns } = fixture;
    const first = await executors.feed.subscribe(ns, 'room', () => {});
    const last = await executors.feed.subscribe(ns, 'room', () => {});
    await first();
    await first();
    expect(await subscribersOf(channel())).toBe(1);
    await last();
    await expect.poll(() => subscribersOf(channel())).toBe(0);
    const { received, receive } = listener();
    await executors.feed.subscribe(ns, 'room', receive);
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await expect.poll(() => received).toMatchObject([{ type: 'intent' }]);
  });

  it('notifies every listener of missed events after a lost connection, and continues', async () => {
    const { ns, redis } = fixture;
    const [room, lobby] = [listener(), listener()];
    await executors.feed.subscribe(ns, 'room', room.receive);
    await executors.feed.subscribe(ns, 'lobby', lobby.receive);
    await executors.stateful.setServiceState(ns, 'room', 0, report('a', 0));
    await expect.poll(() => room.received).toMatchObject([{ type: 'state', sequence: 1 }]);
    for (let cut = 0; cut < 2; cut++) {
      room.received.length = lobby.received.length = 0;
      const [id] = await feedIds();
      await redis.client('KILL', 'ID', id!);
      await expect.poll(() => room.received).toEqual([{ type: 'missed' }]);
      await expect.poll(() => lobby.received).toEqual([{ type: 'missed' }]);
      await executors.server.setPodIntent(ns, 'room', 0, 'drain');
      await expect.poll(() => room.received.at(-1)).toMatchObject({ type: 'intent', sequence: cut + 2 });
    }
    expect(await feedIds()).toHaveLength(1);
  });

  it('leaves out an event from before the subscription that comes after it, or comes again', async () => {
    const { ns, redis } = fixture;
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    const { received, receive } = listener();
    await executors.feed.subscribe(ns, 'room', receive);
    await redis.publish(channel(), '{"sequence":1,"storeTime":1700000000000,"podId":0,"intent":"drain"}');
    await executors.server.setPodIntent(ns, 'room', 0, 'resume');
    await expect.poll(() => received).toMatchObject([{ type: 'intent', sequence: 2, intent: 'resume' }]);
    await redis.publish(channel(), JSON.stringify(received[0]));
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await expect.poll(() => received.map((event) => 'sequence' in event && event.sequence)).toEqual([2, 3]);
  });

  it('continues when the store has lost its data and counts from one again', async () => {
    const { ns, redis } = fixture;
    const { received, receive } = listener();
    for (const podId of [0, 1, 2]) await executors.server.setPodIntent(ns, 'room', podId, 'drain');
    const { storeTime } = await executors.stateful.getServiceState(ns, 'room');
    await executors.feed.subscribe(ns, 'room', receive);
    await redis.del(`sf:{${ns}:state:room}:info`);
    await expect
      .poll(async () => (await executors.stateful.getServiceState(ns, 'room')).storeTime)
      .toBeGreaterThan(storeTime + 2);
    await executors.server.setPodIntent(ns, 'room', 0, 'resume');
    await expect.poll(() => received).toMatchObject([{ type: 'intent', sequence: 1 }]);
  });

  it('opens a lost connection again only while there is a subscription', async () => {
    const { ns, redis } = fixture;
    const end = await executors.feed.subscribe(ns, 'room', () => {});
    await end();
    const [id] = await feedIds();
    await redis.client('KILL', 'ID', id!);
    await expect.poll(feedIds).toEqual([]);
    const { received, receive } = listener();
    await executors.feed.subscribe(ns, 'room', receive);
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await expect.poll(() => received).toMatchObject([{ type: 'intent' }]);
  });

  it('logs a listener that throws, once a minute, which hurts no other', async () => {
    const { ns } = fixture;
    const { received, receive } = listener();
    const fault = new Error('a fault of the listener');
    await executors.feed.subscribe(ns, 'room', () => {
      throw fault;
    });
    await executors.feed.subscribe(ns, 'room', receive);
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await executors.server.setPodIntent(ns, 'room', 0, 'resume');
    await expect.poll(() => received).toMatchObject([{ intent: 'drain' }, { intent: 'resume' }]);
    expect(logged.error).toHaveBeenCalledTimes(1);
    expect(logged.error.mock.calls[0]![0]).toMatchObject({ err: fault });
  });

  it('takes a message that cannot be read for one that was missed, and says so once a minute', async () => {
    const { ns, redis } = fixture;
    const { received, receive } = listener();
    await executors.feed.subscribe(ns, 'room', receive);
    const messages = [
      '',
      'x',
      '[]',
      '{}',
      '{"sequence":1,"storeTime":1,"podId":-1,"info":null}',
      '{"sequence":1,"storeTime":1,"podId":0,"info":{}}',
      '{"sequence":1,"storeTime":1,"podId":0,"intent":"halt"}',
      '{"sequence":1,"storeTime":1,"podId":0}',
    ];
    for (const message of messages) await redis.publish(channel(), message);
    await expect.poll(() => received).toEqual(messages.map(() => ({ type: 'missed' })));
    expect(logged.warn).toHaveBeenCalledTimes(1);
  });

  it('does not call a listener that is removed while others are called', async () => {
    const { ns } = fixture;
    const { received, receive } = listener();
    const ends: (() => Promise<void>)[] = [];
    await executors.feed.subscribe(ns, 'room', () => void ends[0]?.());
    ends.push(await executors.feed.subscribe(ns, 'room', receive));
    const last = listener();
    await executors.feed.subscribe(ns, 'room', last.receive);
    await executors.server.setPodIntent(ns, 'room', 0, 'drain');
    await expect.poll(() => last.received).toHaveLength(1);
    expect(received).toEqual([]);
  });

  it('forgets a subscription that was given up', async () => {
    const { ns } = fixture;
    const controller = new AbortController();
    const { received, receive } = listener();
    const call = executors.feed.subscribe(ns, 'room', receive, { signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await expect(call).rejects.toThrow('no longer wanted');
    await executors.feed.subscribe(ns, 'lobby', receive);
    expect(await subscribersOf(channel())).toBe(0);
    await executors.server.setPodIntent(ns, 'lobby', 0, 'drain');
    await expect.poll(() => received).toHaveLength(1);
  });
});

describe('a silent connection', () => {
  it('is noticed by its pings, and replaced', async () => {
    const { server, redis } = fixture;
    const wire = await startProxy(server.host, server.port);
    const through = new Redis(wire.url, safeRedisOptions({ lazyConnect: true }));
    const restored = vi.fn<() => void>();
    const user = { message: () => {}, channels: () => [channel()], restored };
    const logger = new LimitedLogger(logged, systemClock);
    const connection = new FeedConnection(connectionOf(through), user, logger, systemClock, 50);
    await connection.subscribe(channel(), { over: false });
    expect(restored).toHaveBeenCalledTimes(1);
    // Its own, and the client's.
    expect(wire.connections).toBe(2);
    wire.dropReplies();
    await expect.poll(() => wire.connections).toBeGreaterThan(2);
    wire.pass();
    await expect.poll(() => restored).toHaveBeenCalledTimes(2);
    await expect.poll(() => subscribersOf(channel())).toBe(1);
    connection.close();
    through.disconnect();
    await expect.poll(() => subscribersOf(channel())).toBe(0);
    expect(await redis.ping()).toBe('PONG');
    await wire.stop();
  });
});
