import { type Executors, PERSIST_FOREVER } from '@stateful-route/core';
import {
  type ClusterNode,
  startCluster,
  startSentinel,
  type SentinelTopology,
} from '@stateful-route/harness';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { Cluster, Redis } from 'ioredis';
import { describe, it, type TestContext, vi } from 'vitest';
import { createRedisExecutors, safeClusterOptions, safeRedisOptions } from '../src/index.ts';

const FAULTS = [
  ['killed', 'kill'],
  ['stopped', 'pause'],
] as const;

/** How long a failover may take on a busy machine. */
const WITHIN = { timeout: 30_000 };
/** A call that waits no longer than it takes to notice the failover. */
const BRIEF = { timeoutMs: 500 };

async function behindSentinels({ onTestFinished }: TestContext): Promise<SentinelTopology & Executors> {
  const topology = await startSentinel();
  const { sentinels, name } = topology;
  const client = new Redis(safeRedisOptions({ sentinels: [...sentinels], name }));
  client.on('error', () => {});
  const executors = createRedisExecutors({ client });
  onTestFinished(async () => {
    await executors.close();
    client.disconnect();
    await topology.stop();
  });
  return { ...topology, ...executors };
}

/** Resolves when every Sentinel names the new master: until then one more announcement may make the client reconnect. */
async function announced(
  { sentinels, name, master }: SentinelTopology,
  { expect }: TestContext,
): Promise<void> {
  const port = String((await master()).port);
  const watchers = sentinels.map((at) => new Redis(at));
  const namedPort = async (watcher: Redis): Promise<string | undefined> => {
    const fields = (await watcher.call('SENTINEL', 'MASTER', name)) as string[];
    return fields[fields.indexOf('port') + 1];
  };
  await expect.poll(() => Promise.all(watchers.map(namedPort))).toEqual(sentinels.map(() => port));
  for (const watcher of watchers) watcher.disconnect();
}

// Each starts its own servers and mostly waits for them.
describe.concurrent('a failover', { timeout: 90_000 }, () => {
  it('by hand loses no acknowledged claim, and calls and the feed follow it', async (context) => {
    const { expect } = context;
    const { stateful, server, feed, ...topology } = await behindSentinels(context);
    const ns = uniqueNamespace();
    const listener = vi.fn<(event: { type: string }) => void>();
    await feed.subscribe(ns, 'room', listener);
    const acknowledged: string[] = [];
    const over = new AbortController();
    const load = (async () => {
      for (let nth = 0; !over.signal.aborted; nth++) {
        const uid = `user-${nth}`;
        const claim = await stateful
          .trySetLinkedPod(ns, uid, 'room', 1, PERSIST_FOREVER, BRIEF)
          .catch(() => undefined);
        if (claim?.linked) acknowledged.push(uid);
        // While the client has no connection a call fails at once: the loop must leave it a turn.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await topology.failover();
    await vi.waitFor(() => stateful.setLinkedPod(ns, 'after', 'room', 2, 60), WITHIN);
    over.abort();
    await load;
    await announced(topology, context);
    await expect.poll(() => stateful.getLinkedPod(ns, 'after', 'room'), WITHIN).toBe(2);

    expect(acknowledged).not.toEqual([]);
    expect((await stateful.batchGetLinkedPod(ns, acknowledged, 'room')).get(1)).toEqual(acknowledged);
    expect(await (await topology.master()).client.exists(`sf:{${ns}:lk:after}room`)).toBe(1);
    await expect.poll(() => listener, WITHIN).toHaveBeenCalledWith({ type: 'missed' });
    const notified = async (): Promise<typeof listener> => {
      // The feed's connection may come back later than the client's.
      await server.setPodIntent(ns, 'room', 0, 'drain');
      return listener;
    };
    await expect.poll(notified, WITHIN).toHaveBeenCalledWith(expect.objectContaining({ type: 'intent' }));
  });

  it.for(FAULTS)(
    'by Sentinels follows when the master is %s, and calls succeed again',
    async ([, fault], context) => {
      const { expect } = context;
      const { stateful, ...topology } = await behindSentinels(context);
      const ns = uniqueNamespace();
      const master = await topology.master();
      await stateful.setLinkedPod(ns, 'ada', 'room', 1, 60);
      await master[fault]();
      await vi.waitFor(() => stateful.setLinkedPod(ns, 'ada', 'room', 2, 60, BRIEF), WITHIN);
      await expect.poll(() => topology.master(), WITHIN).not.toBe(master);
    },
  );

  it.for(FAULTS)(
    'of a Cluster follows when a master is %s, and calls succeed again',
    async ([, fault], { expect, onTestFinished }) => {
      const cluster = await startCluster();
      const client = new Cluster(
        cluster.nodes.map(({ host, port }) => ({ host, port })),
        safeClusterOptions(),
      );
      const { stateful, close } = createRedisExecutors({ client });
      onTestFinished(async () => {
        await close();
        client.disconnect();
        await cluster.stop();
      });
      const ns = uniqueNamespace();
      const owner = (): Promise<ClusterNode> => cluster.owner(`sf:{${ns}:lk:ada}room`);
      const claim = (): Promise<unknown> =>
        stateful.trySetLinkedPod(ns, 'ada', 'room', 1, PERSIST_FOREVER, BRIEF);
      await claim();
      const lost = await owner();
      await lost.client.wait(1, 5_000);
      await lost[fault]();
      await vi.waitFor(claim, WITHIN);
      expect(await owner()).not.toBe(lost);
      expect((await stateful.getLink(ns, 'ada', 'room')).podId).toBe(1);
    },
  );
});
