import { once } from 'node:events';
import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import { describeExecutors, uniqueNamespace } from '@stateful-route/testkit/conformance';
import { type SentinelTopology, startSentinel } from '@stateful-route/harness';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRedisExecutors, safeRedisOptions } from '../src/index.ts';

let topology: SentinelTopology;
let client: Redis;
let executors: Executors;

beforeAll(async () => {
  // A machine that is busy for a second must not be taken for a dead master, in the midst of the contract's tests.
  topology = await startSentinel({ downAfterMs: 2_500 });
  const { sentinels, name } = topology;
  client = new Redis(safeRedisOptions({ sentinels: [...sentinels], name }));
  client.on('error', () => {});
  executors = createRedisExecutors({ client });
}, 60_000);
afterAll(async () => {
  await executors.close();
  client.disconnect();
  await topology.stop();
});

describeExecutors(
  // Its tests keep to namespaces of their own, and wait side by side.
  { describe, it: it.concurrent, expect },
  {
    name: 'redis, behind Sentinels',
    capabilities: { clock: 'real' },
    create: () => {
      const own = createRedisExecutors({ client });
      return { executors: own, close: () => own.close() };
    },
  },
);

describe('a client that is told of a failover while it asks for the master', () => {
  const made = (): Redis => {
    const { sentinels, name } = topology;
    const asking = new Redis(safeRedisOptions({ sentinels: [...sentinels], name }));
    asking.on('error', () => {});
    return asking;
  };

  it('comes back, though it has given up', async () => {
    const asking = made();
    const own = createRedisExecutors({ client: asking });
    const ended = vi.fn<() => void>();
    asking.once('end', ended);
    // What a failover's announcement comes to, at that moment.
    asking.disconnect(true);
    await expect.poll(() => own.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
    expect(ended).toHaveBeenCalled();
    await own.close();
    asking.disconnect();
  });

  it('stays closed where its user closes it', async () => {
    const asking = made();
    const own = createRedisExecutors({ client: asking });
    const ended = once(asking, 'end');
    asking.disconnect();
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    expect(asking.status).toBe('end');
    await own.close();
  });
});

/**
 * Resolves when no Sentinel has a failover to announce any more. Each does so when it is done with it, or hears of it, and
 * the client then connects anew: a call that meets this fails.
 */
async function announced(): Promise<void> {
  const { sentinels, name } = topology;
  const { port } = await topology.master();
  const watchers = sentinels.map((at) => new Redis(at));
  // The one that makes the failover leads clients to the new master before it is done, and says so only here.
  const watched = async (watcher: Redis): Promise<string | undefined> => {
    const fields = (await watcher.call('SENTINEL', 'MASTER', name)) as string[];
    return fields[fields.indexOf('port') + 1];
  };
  await expect.poll(() => Promise.all(watchers.map(watched))).toEqual(sentinels.map(() => String(port)));
  for (const watcher of watchers) watcher.disconnect();
  await expect.poll(() => executors.stateful.getLinkedPod('game', 'ada', 'room')).toBeUndefined();
}

describe('a failover', { timeout: 60_000 }, () => {
  it('by hand is followed by calls and by the feed, and loses nothing that was acknowledged', async () => {
    const { stateful, server, feed } = executors;
    const ns = uniqueNamespace();
    const heard = vi.fn<(event: { type: string }) => void>();
    await feed.subscribe(ns, 'room', heard);
    const acknowledged: string[] = [];
    const over = new AbortController();
    const load = (async () => {
      for (let nth = 0; !over.signal.aborted; nth++) {
        const uid = `user-${nth}`;
        const made = await stateful
          .trySetLinkedPod(ns, uid, 'room', 1, PERSIST_FOREVER, { timeoutMs: 500 })
          .catch(() => undefined);
        if (made?.linked) acknowledged.push(uid);
        // Quick enough to meet the moment of the change; a client that is down fails at once.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await topology.failover();
    await vi.waitFor(() => stateful.setLinkedPod(ns, 'after', 'room', 2, 60), { timeout: 20_000 });
    over.abort();
    await load;
    await announced();

    const kept = await stateful.batchGetLinkedPod(ns, acknowledged, 'room');
    expect(kept.get(1)).toEqual(acknowledged);
    const stored = async (): Promise<number> =>
      (await topology.master()).client.exists(`sf:{${ns}:lk:after}room`);
    await expect.poll(stored, { timeout: 15_000 }).toBe(1);
    await expect.poll(() => heard).toHaveBeenCalledWith({ type: 'missed' });
    const told = async (): Promise<typeof heard> => {
      // The feed's connection hears of the failover by itself: it may not be back yet.
      await server.setPodIntent(ns, 'room', 0, 'drain');
      return heard;
    };
    await expect.poll(told).toHaveBeenCalledWith(expect.objectContaining({ type: 'intent' }));
  });

  it.each([
    ['killed', 'kill'],
    ['stopped', 'pause'],
  ] as const)('is made when the master is %s, and calls succeed again', async (_, fault) => {
    const { stateful } = executors;
    const ns = uniqueNamespace();
    const master = await topology.master();
    await stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
    await master[fault]();
    await vi.waitFor(() => stateful.setLinkedPod(ns, 'ada', 'room', 2, 60, { timeoutMs: 500 }), {
      timeout: 20_000,
    });
    // The Sentinel that is asked may be the last to know.
    await expect.poll(() => topology.master()).not.toBe(master);
    if (fault === 'kill') await master.restart();
    else master.resume();
    await expect.poll(async () => (await master.client.role())[0]).toBe('slave');
    await announced();
  });
});
