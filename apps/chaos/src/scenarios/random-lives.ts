import { isRouteError, NOT_MINE, seededRandom } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Trial, trialsOf } from '@stateful-route/testkit/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { isTyped, timed } from '../lab/measures.ts';
import { sideBySide } from '../lab/side-by-side.ts';
import { until } from '../lab/until.ts';
import { CheckedStorage } from '../rooms/checked-storage.ts';
import { HoldWatch } from '../rooms/hold-watch.ts';
import { applicationActs, networkActs } from '../rooms/lives-acts.ts';
import { LivesPod } from '../rooms/lives-pod.ts';
import { OutOfOrder } from '../rooms/rooms.ts';
import { type ChaosContext, scenario } from '../scenario.ts';

const LEASE_MS = 1_500;
const PODS = 4;
const CALLERS = 2;
const CLIENTS = 6;
const USERS = 12;
const REQUEST_EVERY_MS = 15;
const SCOPE_SHARE = 0.2;
const SAVE_SHARE = 0.5;
/** Trials for each world: they run side by side. */
const TRIALS_EACH = 25;
const TOLD = 10;
/** Longer than anything that an application asked for may take. */
const REST_MS = 15_000;

const rows = {
  twice: { shown: 'users whom two running pods hold at one moment', bound: 0, unit: 'users' },
  lost: { shown: 'updates lost by storage that checks tokens', bound: 0, unit: 'updates' },
  misled: { shown: 'users told lost whom the pod holds', bound: 0, unit: 'times' },
  untyped: { shown: "errors without a type, the application's own apart", bound: 0, unit: 'errors' },
  pending: { shown: 'operations that have not ended when it is over', bound: 0, unit: 'operations' },
  unserved: { shown: 'users whom nobody serves then', bound: 0, unit: 'users' },
  stray: { shown: 'claims then that the pod they name does not hold', bound: 0, unit: 'claims' },
} as const;

type Counts = Record<keyof typeof rows, number>;

export const randomLives = scenario({
  name: 'random-lives',
  rows,
  run: async (context) => {
    const worlds = trialsOf(context.seed, Math.max(1, Math.floor(context.trials / TRIALS_EACH)));
    const seen = await sideBySide(worlds, worlds.length, (trial) => live(context, trial));
    const total: Counts = { twice: 0, lost: 0, misled: 0, untyped: 0, pending: 0, unserved: 0, stray: 0 };
    for (const counts of seen) {
      for (const key of Object.keys(rows) as (keyof Counts)[]) total[key] += counts[key];
    }
    return total;
  },
});

function live({ soakMs, say }: ChaosContext, { random, seed }: Trial): Promise<Counts> {
  return inLab(async (lab) => {
    const server = await lab.redis();
    const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
    const counts: Counts = { twice: 0, lost: 0, misled: 0, untyped: 0, pending: 0, unserved: 0, stray: 0 };
    let told = 0;
    const broken = (what: keyof Counts, line: string): void => {
      counts[what] += 1;
      if (told++ < TOLD) say(`seed ${seed}, ${what}: ${line}`);
    };
    const noteRejection = (error: unknown): void => broken('untyped', `unhandled: ${String(error)}`);
    process.on('unhandledRejection', noteRejection);
    lab.defer(() => process.off('unhandledRejection', noteRejection));

    const namespace = 'game';
    const config = {
      ...shortLease(LEASE_MS),
      timeoutMs: 400,
      callTimeoutMs: 5_000,
      drainTimeoutMs: 3_000,
      linkInfoCacheTimeSecs: 2,
    };
    const storage = new CheckedStorage();
    const watch = new HoldWatch(users);
    const pods: LivesPod[] = [];
    for (let podId = 0; podId < PODS; podId++) {
      const wire = await lab.proxy(server);
      const pod = new LivesPod({ lab, podId, wire, namespace, config, storage, watch, random, broken });
      await pod.start();
      pods.push(pod);
    }
    const callerWires = await Promise.all(Array.from({ length: CALLERS }, () => lab.proxy(server)));
    const callers = await Promise.all(
      callerWires.map((wire) =>
        lab.caller({ executors: lab.executors({ url: wire.url }), namespace, config }),
      ),
    );
    const wires = [...pods.map(({ wire }) => wire), ...callerWires];

    const pending = new Set<string>();
    let operations = 0;
    /** Runs an operation of the application; every error but its own must be one of the library's. */
    const operate = async (what: string, run: () => Promise<unknown>): Promise<boolean> => {
      const name = `${what} (${++operations})`;
      pending.add(name);
      const { error } = await timed(run);
      pending.delete(name);
      watch.look();
      if (error !== undefined && !isTyped(error) && !(error instanceof OutOfOrder)) {
        broken(
          'untyped',
          `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
      return error === undefined;
    };

    let updates = 0;
    const request = (caller: (typeof callers)[number], uid: string, draw: () => number): Promise<boolean> => {
      const work = {
        uid,
        update: updates++,
        takes: () => sleep(draw() * 20),
        saves: draw() < SAVE_SHARE,
      };
      const isScope = draw() < SCOPE_SHARE;
      return operate(`a request for ${uid}`, () =>
        caller.service(SERVICE).call<'done'>(uid, async ({ podId }) => {
          try {
            return await pods[podId]!.serve(work, isScope);
          } catch (error) {
            // A pod that cannot claim answers as one that does not hold the user.
            if (isRouteError(error)) return NOT_MINE;
            throw error;
          }
        }),
      );
    };

    let isEnding = false;
    let served = 0;
    let failed = 0;
    const clients = Array.from({ length: CLIENTS }, async (_, at) => {
      const draw = seededRandom(seed + at + 1);
      while (!isEnding) {
        const uid = users[Math.floor(draw() * users.length)]!;
        if (await request(callers[at % CALLERS]!, uid, draw)) served += 1;
        else failed += 1;
        await sleep(REQUEST_EVERY_MS);
      }
    });
    const stage = { pods, wires, users, random };
    const play = async (acts: typeof applicationActs, everyMs: number): Promise<void> => {
      const names = Object.keys(acts);
      const underWay: Promise<unknown>[] = [];
      while (!isEnding) {
        const name = names[Math.floor(random() * names.length)]!;
        underWay.push(operate(name, () => acts[name]!(stage)));
        await sleep(between(random, 0, everyMs));
      }
      await Promise.all(underWay);
    };
    const plays = [play(applicationActs, 300), play(networkActs, 2_000)];
    await sleep(soakMs / 2);
    isEnding = true;
    const all = Promise.all([...plays, ...clients]);
    await timed(() =>
      until('everything has ended', () => pending.size === 0, { withinMs: REST_MS, everyMs: 50 }),
    );
    for (const name of pending) broken('pending', name);
    if (pending.size === 0) await all;
    for (const wire of wires) wire.pass();

    await timed(() =>
      until('the pods are back', () => pods.every(({ route }) => route?.server.isFenced() === false)),
    );
    for (const uid of users) {
      const isServed = async (): Promise<boolean> => request(callers[0]!, uid, random);
      const { error } = await timed(() => until(`${uid} is served`, isServed, { everyMs: 50 }));
      if (error !== undefined) broken('unserved', `${uid}: ${String((error as Error).cause ?? error)}`);
    }
    const near = lab.executors({ url: server.url });
    const strays = async (): Promise<string[]> => {
      const links = await near.stateful.batchGetLink(namespace, users, SERVICE);
      return [...links].flatMap(([uid, { podId, permanent, token }]) =>
        permanent && !pods[podId]?.route?.server.holds(uid) ? [`${uid} of pod ${podId}, token ${token}`] : [],
      );
    };
    await timed(() =>
      until('every claim is held', async () => (await strays()).length === 0, {
        withinMs: 4 * LEASE_MS,
        everyMs: 100,
      }),
    );
    for (const line of await strays()) broken('stray', line);
    for (const [line, notes] of watch.found) broken('twice', [line, ...notes].join('\n       '));
    for (const line of storage.losses) broken('lost', line);
    say(`seed ${seed}: ${served} requests served, ${failed} failed, ${operations} operations`);
    return counts;
  });
}
