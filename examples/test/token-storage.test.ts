import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { Executors } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute, silentLogger } from '@stateful-route/driver';
import { createTestRoute } from '@stateful-route/testkit/test-route';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoredRoom } from '../token-storage/stored-room.ts';
import { VisitsStorage } from '../token-storage/visits-storage.ts';

const LEASE_MS = 15_000;

let folder: string;
const opened: VisitsStorage[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-storage-'));
});
afterEach(async () => {
  for (const storage of opened.splice(0)) storage[Symbol.dispose]();
  await rm(folder, { recursive: true });
});

/** A connection of its own to the one database, as each pod has. */
function connect(): VisitsStorage {
  const storage = new VisitsStorage(join(folder, 'visits.db'));
  opened.push(storage);
  return storage;
}

/** A request that goes on when the test says so. */
function paused(): { readonly work: () => Promise<void>; readonly resume: () => void } {
  let resume = (): void => {};
  const until = new Promise<void>((resolve) => {
    resume = resolve;
  });
  return { work: () => until, resume };
}

describe('VisitsStorage', () => {
  it('keeps the highest token, and refuses smaller ones', () => {
    const [one, other] = [connect(), connect()];
    const high = 2 ** 53 - 2;
    expect(one.register('ada', 7)).toEqual({ accepted: true, count: 0 });
    expect(one.register('ada', 7)).toEqual({ accepted: true, count: 0 });
    expect(one.save('ada', 7, 1)).toBe(true);
    expect(other.register('ada', high)).toEqual({ accepted: true, count: 1 });
    expect(one.register('ada', 8)).toEqual({ accepted: false, token: high });
    expect(one.save('ada', 7, 2)).toBe(false);
    expect(other.save('ada', high, 2)).toBe(true);
    expect(other.register('ada', high + 1)).toEqual({ accepted: true, count: 2 });
    expect(other.save('ada', high, 3)).toBe(false);
  });

  it('refuses what was never registered, and keeps users apart', () => {
    const storage = connect();
    expect(storage.save('ada', 1, 1)).toBe(false);
    storage.register('ada', 9);
    expect(storage.register('bob', 1)).toEqual({ accepted: true, count: 0 });
  });
});

describe('StoredRoom', () => {
  it('loads what the pod before has saved', async () => {
    await using service = await createTestRoute({ pods: 2 });
    const [first, second] = service.pods.map((pod) => new StoredRoom(pod.server, connect()));
    expect(await first!.visit('ada')).toBe(1);
    expect(await second!.visit('ada')).toBeUndefined();
    await service.pods[0]!.server.release('ada');
    expect(await second!.visit('ada')).toBe(2);
    expect(await first!.visit('ada')).toBeUndefined();
  });

  it('refuses the late write of an owner that was cut off and taken over', async () => {
    await using service = await createTestRoute({ pods: 2, config: { profile: 'realtime' } });
    const [first, second] = service.pods.map((pod) => new StoredRoom(pod.server, connect()));
    expect(await first!.visit('ada')).toBe(1);
    const { work, resume } = paused();
    const late = first!.visit('ada', work);

    service.kill(0);
    await service.clock.advance(LEASE_MS + 1_000);
    expect(await service.gateway.service('room').locate('ada')).toMatchObject({ podId: 1 });
    expect(await second!.visit('ada')).toBe(2);

    resume();
    expect(await late).toBeUndefined();
    expect(await second!.visit('ada')).toBe(3);
  });

  it('refuses the older of two owners after a failover that lost a claim, also where its clock was ahead', async () => {
    const clock = new ManualClock(2_000_000_000_000);
    const before = createMemoryExecutors({ clock });
    // The replica that becomes the master never received the claim, and its clock is years behind.
    const after = createMemoryExecutors({ clock: new ManualClock(1_000_000_000_000) });
    let failedOver = false;
    const executors: Executors = decorateExecutors(before, ({ method, args, options, run }) => {
      if (!failedOver || method === 'subscribe') return run(options);
      const { stateful, server } = after;
      const target = method in stateful ? stateful : server;
      return Reflect.apply(Reflect.get(target, method), target, [...args, options]);
    });
    const routes = [0, 1].map((podId) =>
      createStatefulRoute({
        executors,
        clock,
        namespace: 'game',
        serviceName: 'room',
        podId,
        logger: silentLogger,
      }),
    );
    for (const route of routes) await route.start();
    const [first, second] = routes.map((route) => new StoredRoom(route.server, connect()));
    expect(await first!.visit('ada')).toBe(1);

    failedOver = true;
    expect(await second!.visit('ada')).toBe(2);
    expect(routes.map((route) => route.server.holds('ada'))).toEqual([true, true]);
    expect(await first!.visit('ada')).toBeUndefined();
    expect(await second!.visit('ada')).toBe(3);
    for (const route of routes) await route.stop({ signal: AbortSignal.abort() });
  });

  it('registers the new token of a pod that was fenced and came back, and goes on', async () => {
    const clock = new ManualClock();
    const store = createMemoryExecutors({ clock });
    let cut = false;
    const executors = decorateExecutors(store, ({ options, run }) =>
      cut ? Promise.reject(new Error('no network')) : run(options),
    );
    const route = createStatefulRoute({
      executors,
      clock,
      namespace: 'game',
      serviceName: 'room',
      podId: 0,
      config: { profile: 'realtime' },
      logger: silentLogger,
    });
    await route.start();
    const room = new StoredRoom(route.server, connect());
    expect(await room.visit('ada')).toBe(1);
    const { work, resume } = paused();
    const late = room.visit('ada', work);

    cut = true;
    await clock.advance(LEASE_MS);
    await expect(room.visit('ada')).rejects.toMatchObject({ code: 'FENCED' });
    cut = false;
    await clock.advance(5_000);
    expect(route.server.isFenced()).toBe(false);
    expect(await room.visit('ada')).toBe(2);
    resume();
    expect(await late).toBeUndefined();
    expect(await room.visit('ada')).toBe(3);
    await route.stop({ signal: AbortSignal.abort() });
  });
});

it('main.ts prints the whole story', async () => {
  const main = fileURLToPath(new URL('../token-storage/main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@stateful-route/source',
    '--import',
    '@oxc-node/core/register',
    main,
  ]);
  expect(stdout.trimEnd().split('\n')).toEqual([
    'pod 0 serves ada, visit 1',
    'pod 0 has lost its network; ada is taken over by pod 1',
    'pod 1 serves ada, visit 2',
    'pod 0 ends its request: refused by the storage',
    'pod 1 serves ada, visit 3',
  ]);
}, 60_000);
