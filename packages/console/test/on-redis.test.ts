import { openRedisStore, type RedisStore } from '@stateful-route/adapter-redis';
import { silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import { startRedis } from '@stateful-route/harness';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConsole } from '../src/index.ts';
import { readEvents, type Received } from './support/read-events.ts';

let url: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ url, stop } = await startRedis());
});
afterAll(() => stop());

const opened = (): RedisStore => openRedisStore({ url }, { logger: silentLogger });

it.each(['relink', 'wait'] as const)('finds the users of a pod (deadOwner: %s)', async (deadOwner) => {
  const [pods, looks] = [opened(), opened()];
  const namespace = `users-${deadOwner}`;
  const route = createStatefulRoute({
    executors: pods.executors,
    namespace,
    serviceName: 'room',
    podId: 0,
    config: { deadOwner },
    logger: silentLogger,
  });
  await route.start();
  const uids = Array.from({ length: 25 }, (_, user) => `user-${user}`);
  for (const uid of uids) await route.server.claim(uid);
  const console = createConsole(looks.executors, {
    namespace,
    inspector: looks.inspector,
    authorize: () => ({ who: 'carol', may: 'read' }),
  });
  const { body, headers } = await console.fetch(
    new Request('http://localhost/api/v1/services/room/pods/0/users'),
  );
  expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events: Received[] = [];
  for await (const event of readEvents(body!)) events.push(event);
  const found = events.flatMap(({ event, data }) => (event === 'users' ? data.users : []));
  const names = found.map(({ uid }) => uid as string);
  expect(new Set(names)).toEqual(new Set(uids));
  expect(names).toHaveLength(uids.length);
  expect(found[0]).toMatchObject({ present: true, why: 'claimed' });
  expect(events.at(-1)).toMatchObject({
    event: 'end',
    data: { users: 25, source: deadOwner === 'wait' ? 'roster' : 'scan' },
  });
  await console.close();
  await route.stop();
  await Promise.all([pods.close(), looks.close()]);
});
