import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import type { PodFeedEvent } from '@stateful-route/core/adapter';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';
import { redisFixture } from './support/redis-fixture.ts';

const fixture = redisFixture();
const channel = (): string => `sf:{${fixture.ns}:state:room}:pod:3`;
const warn = vi.fn<(fields: object, message: string) => void>();

let client: Redis;
let executors: Executors;
let received: PodFeedEvent[];

beforeEach(async () => {
  warn.mockClear();
  received = [];
  client = new Redis(fixture.server.url, safeRedisOptions({ connectionName: fixture.ns }));
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  executors = createRedisExecutors({ client, logger });
  await executors.feed.subscribePod(fixture.ns, 'room', 3, (event) => void received.push(event));
});
afterEach(async () => {
  await executors.close();
  client.disconnect();
});

const claim = (uid: string): Promise<{ token?: number | undefined }> =>
  executors.stateful.trySetLinkedPod(fixture.ns, uid, 'room', 3, PERSIST_FOREVER, { incarnation: '9.a.0' });

describe("a pod's own channel", () => {
  it('carries uid and token of a claim that another process ended, as JSON', async () => {
    const { ns, redis } = fixture;
    const raw: string[] = [];
    const listening = redis.duplicate();
    await listening.subscribe(channel());
    listening.on('message', (_, message) => void raw.push(message));
    const uid = '"ünï\\cøde" 🎲 / \'x\'';
    const { token } = await claim(uid);
    await executors.stateful.removeLinkedPod(ns, uid, 'room');
    await expect.poll(() => received).toEqual([{ type: 'claimEnded', uid, token }]);
    await expect.poll(() => raw.map((message) => JSON.parse(message) as unknown)).toEqual([{ uid, token }]);
    listening.disconnect();
  });

  it('says of a claim without a token that it has none', async () => {
    const { ns, redis } = fixture;
    await redis.set(`sf:{${ns}:lk:ada}room`, 3);
    await executors.stateful.setLinkedPod(ns, 'ada', 'room', 4, PERSIST_FOREVER);
    await expect.poll(() => received).toEqual([{ type: 'claimEnded', uid: 'ada', token: undefined }]);
  });

  it('carries each user of a shared command, and no user whose claim ended otherwise', async () => {
    const { ns } = fixture;
    const uids = Array.from({ length: 50 }, (_, at) => `user-${at}`);
    const tokens = await Promise.all(uids.map(async (uid) => (await claim(uid)).token));
    await executors.stateful.removeLinkedPodWithId(ns, 'user-0', 'room', 3, { token: tokens[0] });
    await executors.stateful.replaceLinkedPod(ns, 'user-1', 'room', 3, 4, 60, { ifToken: tokens[1] });
    await Promise.all(uids.slice(2).map((uid) => executors.stateful.removeLinkedPod(ns, uid, 'room')));
    await expect.poll(() => received.length).toBe(48);
    expect(received).toEqual(
      uids.slice(2).map((uid, at) => ({ type: 'claimEnded', uid, token: tokens[at + 2] })),
    );
  });

  it('is subscribed again after a lost connection, and listeners are notified', async () => {
    const { ns, redis } = fixture;
    const all = String(await redis.client('LIST')).split('\n');
    const feed = all.find((line) => line.includes(`name=${ns}:feed `))!;
    await redis.client('KILL', 'ID', /id=(\d+)/.exec(feed)![1]!);
    await expect.poll(() => received).toEqual([{ type: 'missed' }]);
    const { token } = await claim('ada');
    await executors.stateful.removeLinkedPod(ns, 'ada', 'room');
    await expect.poll(() => received.slice(1)).toEqual([{ type: 'claimEnded', uid: 'ada', token }]);
  });

  it.each(['', 'x', '[]', '{}', '{"uid":1}', '{"uid":"ada","token":"x"}'])(
    'takes a message that cannot be read for one that was missed: "%s"',
    async (message) => {
      await fixture.redis.publish(channel(), message);
      await expect.poll(() => received).toEqual([{ type: 'missed' }]);
      expect(warn).toHaveBeenCalledTimes(1);
    },
  );
});
