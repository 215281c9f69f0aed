import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, type Lab } from '../lab/lab.ts';
import { greatest, timed } from '../lab/measures.ts';
import { sideBySide } from '@stateful-route/lab/measure';
import { scenario } from '../scenario.ts';

const LEASE_MS = 10_000;
const DRAIN_TIMEOUT_MS = 3_000;
const USERS = 40;

/** How a pod is stopped while the store hangs. */
interface Case {
  readonly users: number;
  readonly saveMs: number;
  /** How long the store has hung before. */
  readonly hungMs: number;
}

const cases: readonly Case[] = [
  { users: 0, saveMs: 0, hungMs: 0 },
  { users: USERS, saveMs: 0, hungMs: 0 },
  { users: USERS, saveMs: 200, hungMs: 0 },
  { users: USERS, saveMs: 60_000, hungMs: 0 },
  { users: USERS, saveMs: 200, hungMs: 1_000 },
];

export const storeHangsAtStop = scenario({
  name: 'store-hangs-at-stop',
  rows: {
    stop: {
      shown: `how long a pod takes to stop while the store hangs, drainTimeoutMs ${DRAIN_TIMEOUT_MS}`,
      bound: DRAIN_TIMEOUT_MS + 250,
      unit: 'ms',
    },
    unnamed: {
      shown: 'its users who are neither saved nor in the report',
      bound: 0,
      unit: 'users',
    },
    failed: { shown: 'stops that rejected', bound: 0, unit: 'stops' },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const seen = await sideBySide(cases, cases.length, async (each) =>
        stopBesideHungStore(lab, await lab.redis(), each),
      );
      const stops = seen.map(({ ms }) => ms);
      say(`the stops took ${stops.map((ms) => ms.toFixed(0)).join(', ')} ms`);
      return {
        stop: greatest(stops),
        unnamed: seen.reduce((sum, { unnamed }) => sum + unnamed, 0),
        failed: seen.filter(({ failed }) => failed).length,
      };
    }),
});

async function stopBesideHungStore(
  lab: Lab,
  server: RedisServer,
  { users: count, saveMs, hungMs }: Case,
): Promise<{ readonly ms: number; readonly unnamed: number; readonly failed: boolean }> {
  const config = { ...shortLease(LEASE_MS), drainTimeoutMs: DRAIN_TIMEOUT_MS };
  const executors = lab.executors({ url: server.url });
  const options = { executors, namespace: 'game', config, drain: {} };
  const pod = await lab.pod(0, options);
  await lab.pod(1, { ...options, executors: lab.executors({ url: server.url }) });
  const saved = new Set<string>();
  pod.server.onHandOff(async ({ uid, signal }) => {
    await sleep(saveMs, undefined, { signal });
    saved.add(uid);
  });
  const users = Array.from({ length: count }, (_, at) => `user-${at}`);
  await Promise.all(users.map((uid) => pod.server.claim(uid)));
  server.pause();
  try {
    await sleep(hungMs);
    const { ms, value, error } = await timed(() => pod.stop());
    const named = new Set(value?.unsaved);
    const unnamed = users.filter((uid) => !saved.has(uid) && !named.has(uid)).length;
    return { ms, unnamed, failed: error !== undefined };
  } finally {
    server.resume();
  }
}
