import { safeRedisOptions } from '@stateful-route/adapter-redis';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, type SentinelTopology, startSentinel } from '@stateful-route/testkit/harness';
import { inLab, type Lab, SERVICE } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { startWriting, type Written } from '../lab/writing.ts';
import { scenario } from '../scenario.ts';

const DOWN_AFTER_MS = 1_000;
const GAP_MS = DOWN_AFTER_MS + 3_000;
const SETTLED_MS = 500;
/** Longer than the failover takes. */
const PAUSE_MS = 15_000;
/** A master that has lost a replica takes no writes. */
const GUARDED = { 'min-replicas-to-write': '2', 'min-replicas-max-lag': '2' };

interface Outcome extends Written {
  readonly lost: number;
}

/** Writes through a failover, and looks for what was acknowledged. */
async function writeThrough(
  args: Readonly<Record<string, string>>,
  fault: (topology: SentinelTopology, master: RedisServer) => Promise<void> | void,
): Promise<Outcome> {
  return inLab(async (lab) => {
    const topology = await startSentinel({ downAfterMs: DOWN_AFTER_MS, args });
    lab.defer(() => topology.stop());
    const executors = lab.executors({ client: clientOf(lab, topology), timeoutMs: 500 });
    const writing = startWriting((uid) => executors.stateful.setLinkedPod('game', uid, SERVICE, 1, 300));
    await until('a write', () => writing.succeededSince(0));
    await sleep(SETTLED_MS);
    const before = await topology.master();
    const faultAt = performance.now();
    await fault(topology, before);
    await until('another master', async () => (await topology.master()) !== before, { everyMs: 50 });
    await until('a write after it', () => writing.succeededSince(performance.now() - 20), {
      withinMs: 30_000,
    });
    await sleep(Math.max(0, faultAt + GAP_MS + SETTLED_MS - performance.now()));
    const written = await writing.stop();
    const found = await executors.stateful.batchGetLinkedPod('game', written.acknowledged, SERVICE);
    return { ...written, lost: written.acknowledged.length - [...found.values()].flat().length };
  });
}

function clientOf(lab: Lab, { sentinels, name }: SentinelTopology): Redis {
  const client = new Redis(safeRedisOptions({ sentinels: [...sentinels], name }));
  client.on('error', () => {});
  lab.defer(() => client.disconnect());
  return client;
}

export const sentinelFailover = scenario({
  name: 'sentinel-failover',
  rows: {
    killed: { shown: 'gap of the writes when the master is killed', bound: GAP_MS, unit: 'ms' },
    stopped: { shown: 'gap of the writes when the master is stopped', bound: GAP_MS, unit: 'ms' },
    manual: { shown: 'gap of the writes in a manual failover', bound: GAP_MS, unit: 'ms' },
    paused: {
      shown: 'gap of the writes in one before which the writes were paused',
      bound: GAP_MS,
      unit: 'ms',
    },
    lost: {
      shown: 'acknowledged links lost in a manual failover after CLIENT PAUSE … WRITE',
      bound: 0,
      unit: 'links',
    },
  },
  run: async ({ say }) => {
    const killed = await writeThrough({}, (_, master) => master.kill());
    const stopped = await writeThrough({}, (_, master) => master.pause());
    const manual = await writeThrough(GUARDED, (topology) => topology.failover());
    // Replication is asynchronous: only a master that has paused its writes has handed all of them over.
    const paused = await writeThrough(GUARDED, async (topology, master) => {
      await master.client.call('CLIENT', 'PAUSE', PAUSE_MS, 'WRITE');
      await topology.failover();
    });
    for (const [what, { acknowledged, lost }] of Object.entries({ killed, stopped, manual, paused })) {
      say(`${what}: ${acknowledged.length} acknowledged, ${lost} lost`);
    }
    const gaps = { killed: killed.gapMs, stopped: stopped.gapMs, manual: manual.gapMs, paused: paused.gapMs };
    return { ...gaps, lost: paused.lost };
  },
});
