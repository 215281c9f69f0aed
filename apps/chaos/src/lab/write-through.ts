import { safeRedisOptions } from '@stateful-route/adapter-redis';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type RedisServer,
  type SentinelTopology,
  startSentinel,
  type StartSentinelOptions,
  until,
} from '@stateful-route/harness';
import { inLab, type Lab, SERVICE } from './lab.ts';
import { startWriting, type Written } from './writing.ts';

/** How long a master must not answer before the Sentinels consider it down. */
export const DOWN_AFTER_MS = 1_000;

const TIMEOUT_MS = 500;
const SETTLED_MS = 500;
/** A master that was replaced manually still acknowledges writes for seconds. */
const WATCHED_MS = DOWN_AFTER_MS + 3_500;

/** The result of writes through a failover. */
export interface Outcome extends Written {
  /** How many acknowledged links the new master lacks. */
  readonly lost: number;
}

/** Starts a failover. */
type Fault = (topology: SentinelTopology, master: RedisServer) => Promise<void> | void;

/** Writes during a failover by Sentinels with their default polling, and counts lost acknowledged links. */
export function writeThrough(options: StartSentinelOptions, fault: Fault): Promise<Outcome> {
  return inLab(async (lab) => {
    const topology = await startSentinel({ downAfterMs: DOWN_AFTER_MS, fastPolling: false, ...options });
    lab.defer(() => topology.stop());
    const executors = lab.executors({ client: clientOf(lab, topology), timeoutMs: TIMEOUT_MS });
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
    await sleep(Math.max(0, faultAt + WATCHED_MS - performance.now()));
    const written = await writing.stop();
    const found = await executors.stateful.batchGetLinkedPod('game', written.acknowledged, SERVICE);
    return { ...written, lost: written.acknowledged.length - [...found.values()].flat().length };
  });
}

function clientOf(lab: Lab, { sentinels, name }: SentinelTopology): Redis {
  const client = new Redis(safeRedisOptions({ timeoutMs: TIMEOUT_MS, sentinels: [...sentinels], name }));
  client.on('error', () => {});
  lab.defer(() => client.disconnect());
  return client;
}

/** The outcomes as lines to print. */
export function outcomeLines(outcomes: Readonly<Record<string, Outcome>>): string[] {
  return Object.entries(outcomes).map(
    ([name, { gapMs, acknowledged, lost }]) =>
      `${name}: a gap of ${gapMs.toFixed(0)} ms, ${acknowledged.length} acknowledged, ${lost} lost`,
  );
}
