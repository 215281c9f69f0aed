import { NOT_MINE } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortLease } from '../lab/config.ts';
import { inLab, type Lab, type PodRoute, SERVICE } from '../lab/lab.ts';
import { greatest, timed } from '../lab/measures.ts';
import { stackOf } from '@stateful-route/lab/command-line';
import { sideBySide } from '@stateful-route/lab/measure';
import { CheckedStorage } from '../application/checked-storage.ts';
import { HoldWatch } from '../application/hold-watch.ts';
import { Rooms } from '../application/rooms.ts';
import { type ChaosContext, scenario } from '../scenario.ts';

const LEASE_MS = 5_000;
const PODS = 3;
const USERS = 30;
const CLIENTS = 12;
const REQUEST_EVERY_MS = 10;
const SAVES_MS: readonly number[] = [0, 200, 1_000];
/** How long a pod takes users again before the next one stops. */
const SETTLE_MS = 1_000;

interface Seen {
  readonly requests: number;
  readonly failed: number;
  readonly lost: number;
  readonly twice: number;
  readonly slowestMs: number;
}

export const rollingUpdate = scenario({
  name: 'rolling-update',
  rows: {
    failed: {
      shown:
        'requests that fail while pods are stopped and started one after the other, saves of 0, 200, 1,000 ms',
      bound: 0,
      unit: 'requests',
    },
    lost: { shown: 'acknowledged updates that are lost', bound: 0, unit: 'updates' },
    twice: { shown: 'users whom two pods held at the same time', bound: 0, unit: 'users' },
  },
  run: async (context) => {
    const seen = await sideBySide(SAVES_MS, SAVES_MS.length, (saveMs) => update(context, saveMs));
    for (const [at, { requests, slowestMs }] of seen.entries()) {
      context.say(
        `saves of ${SAVES_MS[at]} ms: ${requests} requests, the slowest took ${slowestMs.toFixed(0)} ms`,
      );
    }
    const sum = (of: (one: Seen) => number): number => seen.reduce((total, one) => total + of(one), 0);
    return {
      failed: sum(({ failed }) => failed),
      lost: sum(({ lost }) => lost),
      twice: sum(({ twice }) => twice),
    };
  },
});

/** The running process of an ordinal. */
interface Slot {
  pod: PodRoute;
  rooms: Rooms;
}

function update({ say }: ChaosContext, saveMs: number): Promise<Seen> {
  return inLab(async (lab) => {
    const server = await lab.redis();
    const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
    const storage = new CheckedStorage();
    const watch = new HoldWatch(users);
    const options = {
      namespace: 'game',
      config: { ...shortLease(LEASE_MS), drainTimeoutMs: 15_000, callTimeoutMs: 10_000 },
      drain: {},
    };
    const startPod = async (podId: number): Promise<Slot> => {
      const executors = watch.around(lab.executors({ url: server.url }), `pod ${podId}`);
      const pod = await lab.pod(podId, { ...options, executors });
      watch.add(pod, `pod ${podId}`);
      return { pod, rooms: new Rooms({ server: pod.server, storage, beforeSave: () => sleep(saveMs) }) };
    };
    const slots: Slot[] = [];
    for (let podId = 0; podId < PODS; podId++) slots.push(await startPod(podId));
    const traffic = await startTraffic(lab, server.url, options, users, slots, say);

    await sleep(SETTLE_MS);
    for (const [podId, { pod }] of slots.entries()) {
      const { left, unsaved } = await pod.stop();
      watch.remove(pod);
      if (left > 0 || unsaved.length > 0) say(`pod ${podId}: ${left} left, ${unsaved.length} unsaved`);
      slots[podId] = await startPod(podId);
      await sleep(SETTLE_MS);
    }
    const { acknowledged, failed, slowestMs } = await traffic.stop();
    // All pods stop at once, so they save without a hand-off target.
    await Promise.all(slots.map(({ pod }) => pod.stop()));
    const kept = new Set(users.flatMap((uid) => storage.updatesOf(uid)));
    for (const line of [...watch.found.keys(), ...storage.losses]) say(line);
    return {
      requests: acknowledged.length + failed,
      failed,
      lost: acknowledged.filter((one) => !kept.has(one)).length,
      twice: watch.found.size,
      slowestMs,
    };
  });
}

interface Traffic {
  readonly stop: () => Promise<{
    readonly acknowledged: readonly number[];
    readonly failed: number;
    readonly slowestMs: number;
  }>;
}

async function startTraffic(
  lab: Lab,
  url: string,
  options: Pick<Parameters<Lab['caller']>[0], 'namespace' | 'config'>,
  users: readonly string[],
  slots: readonly Slot[],
  say: (line: string) => void,
): Promise<Traffic> {
  const { namespace, config } = options;
  const caller = await lab.caller({ namespace, config, executors: lab.executors({ url }) });
  const service = caller.service(SERVICE);
  const acknowledged: number[] = [];
  const latencies: number[] = [];
  const ending = new AbortController();
  let failed = 0;
  let updates = 0;
  const client = async (at: number): Promise<void> => {
    for (let turn = at; !ending.signal.aborted; turn += CLIENTS) {
      const uid = users[turn % users.length]!;
      const work = { uid, update: updates++, takes: () => Promise.resolve(), saves: false };
      const { error, ms } = await timed(() =>
        service.call<'done'>(uid, ({ podId }) => slots[podId]?.rooms.serve(work) ?? NOT_MINE),
      );
      latencies.push(ms);
      if (error === undefined) acknowledged.push(work.update);
      else {
        failed += 1;
        say(`a request failed: ${stackOf(error)}`);
      }
      await sleep(REQUEST_EVERY_MS);
    }
  };
  const all = Promise.all(Array.from({ length: CLIENTS }, (_, at) => client(at)));
  return {
    stop: async () => {
      ending.abort();
      await all;
      return { acknowledged, failed, slowestMs: greatest(latencies) };
    },
  };
}
