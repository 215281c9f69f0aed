import { seededRandom } from '@stateful-route/core/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Trial, trialsOf, until } from '@stateful-route/harness';
import { inLab } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { stackOf } from '@stateful-route/lab/command-line';
import { sideBySide } from '@stateful-route/lab/measure';
import { applicationActions, networkActions } from '../random-fleet/random-actions.ts';
import { type Broken, FLEET_LEASE_MS, RandomFleet } from '../random-fleet/random-fleet.ts';
import { type ChaosContext, scenario } from '../scenario.ts';

const CLIENTS = 6;
const REQUEST_EVERY_MS = 15;
const APPLICATION_EVERY_MS = 300;
const NETWORK_EVERY_MS = 2_000;
/** How many trials count as one fleet. Fleets run concurrently. */
const TRIALS_EACH = 25;
const LINES_MAX = 10;
/** Longer than any operation may take. */
const REST_MS = 15_000;

type Counts = Record<Broken, number>;

export const randomLives = scenario({
  name: 'random-lives',
  rows: {
    twice: { shown: 'users whom two running pods hold at the same time', bound: 0, unit: 'users' },
    lost: { shown: 'updates lost by storage that checks tokens', bound: 0, unit: 'updates' },
    misled: { shown: 'users reported lost whom the pod holds', bound: 0, unit: 'times' },
    untyped: { shown: "errors without a type, except the application's own", bound: 0, unit: 'errors' },
    pending: { shown: 'operations that have not ended at the end', bound: 0, unit: 'operations' },
    unserved: { shown: 'users whom no pod serves at the end', bound: 0, unit: 'users' },
    stray: { shown: 'claims at the end that their pod does not hold', bound: 0, unit: 'claims' },
  },
  run: async (context) => {
    const fleets = trialsOf(context.seed, Math.max(1, Math.floor(context.trials / TRIALS_EACH)));
    const counts: Counts = { twice: 0, lost: 0, misled: 0, untyped: 0, pending: 0, unserved: 0, stray: 0 };
    await sideBySide(fleets, fleets.length, (trial) => runFleet(context, trial, counts));
    return counts;
  },
});

function runFleet({ soakMs, say }: ChaosContext, trial: Trial, counts: Counts): Promise<void> {
  const { random, seed } = trial;
  let lines = 0;
  const broken = (what: Broken, line: string): void => {
    counts[what] += 1;
    if (lines++ < LINES_MAX) say(`seed ${seed}, ${what}: ${line}`);
  };
  return inLab(async (lab) => {
    const server = await lab.redis();
    const fleet = new RandomFleet(lab, broken);
    await fleet.start(server, trial);
    const { users, pods, wires, pending } = fleet;

    const ending = new AbortController();
    let served = 0;
    const clients = Array.from({ length: CLIENTS }, async (_, at) => {
      // Each client has its own random generator, as their interleaving is not repeatable.
      const draw = seededRandom(seed + at + 1);
      while (!ending.signal.aborted) {
        const uid = users[Math.floor(draw() * users.length)]!;
        if (await fleet.request(at, uid, draw)) served += 1;
        await sleep(REQUEST_EVERY_MS);
      }
    });
    const repeat = async (actions: typeof applicationActions, everyMs: number): Promise<void> => {
      const names = Object.keys(actions);
      const running: Promise<unknown>[] = [];
      while (!ending.signal.aborted) {
        const name = names[Math.floor(random() * names.length)]!;
        running.push(fleet.operate(name, () => actions[name]!({ pods, wires, users, random })));
        await sleep(between(random, 0, everyMs));
      }
      await Promise.all(running);
    };
    const repeats = [
      repeat(applicationActions, APPLICATION_EVERY_MS),
      repeat(networkActions, NETWORK_EVERY_MS),
    ];
    await sleep(soakMs / 2);
    ending.abort();

    const all = Promise.all([...repeats, ...clients]);
    await timed(() => until('all has ended', () => pending.size === 0, { withinMs: REST_MS, everyMs: 50 }));
    for (const name of pending) broken('pending', name);
    if (pending.size === 0) await all;
    for (const wire of wires) wire.pass();
    const isBack = (): boolean => pods.every(({ route }) => route?.server.isFenced() === false);
    await timed(() => until('the pods are back', isBack));
    for (const uid of users) {
      const isServed = (): Promise<boolean> => fleet.request(0, uid, random);
      const { error } = await timed(() => until(`${uid} is served`, isServed, { everyMs: 50 }));
      if (error !== undefined) broken('unserved', stackOf(error));
    }
    const near = lab.executors({ url: server.url, timeoutMs: 5_000 });
    const isTidy = async (): Promise<boolean> => (await fleet.strays(near)).length === 0;
    await timed(() => until('every claim is held', isTidy, { withinMs: 4 * FLEET_LEASE_MS, everyMs: 100 }));
    for (const line of await fleet.strays(near)) broken('stray', line);
    for (const [line, notes] of fleet.watch.found) broken('twice', [line, ...notes].join('\n       '));
    for (const line of fleet.storage.losses) broken('lost', line);
    say(`seed ${seed}: ${served} requests served, ${fleet.operations} operations`);
  });
}
