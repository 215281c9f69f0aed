import { type Clock, systemClock } from '@stateful-route/core';
import { seededRandom } from '@stateful-route/core/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { between, History, recordExecutors, TokenStorage, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { recordFences, type WatchedPods } from '../lab/fences.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';
import { faults } from '../soak/faults.ts';
import { SoakPod } from '../soak/soak-pod.ts';

const LEASE_MS = 1_500;
const PODS = 4;
const CALLERS = 3;
const USERS = 24;
const NAMESPACE = 'game';
const REQUEST_EVERY_MS = 15;
const RELEASE_SHARE = 0.02;

export const everything = scenario({
  name: 'everything',
  rows: {
    violations: {
      shown: 'promises broken while all faults happen at random',
      bound: 0,
      unit: 'violations',
    },
    unserved: { shown: 'users whom no pod serves afterwards', bound: 0, unit: 'users' },
    fenced: { shown: 'pods that are not back afterwards', bound: 0, unit: 'pods' },
  },
  run: ({ seed, soakMs, check, say }) =>
    inLab(async (lab) => {
      const random = seededRandom(seed);
      const server = await lab.redis();
      const history = new History();
      const storage = new TokenStorage(history);
      const watched: WatchedPods = new Map();
      const config = { ...shortLease(LEASE_MS), timeoutMs: 400, linkInfoCacheTimeSecs: 2 };
      let steppedMs = 0;
      const clock: Clock = { ...systemClock, now: () => systemClock.now() + steppedMs };

      const pods: SoakPod[] = [];
      for (let podId = 0; podId < PODS; podId++) {
        const proxy = await lab.proxy(server);
        const parts = { lab, podId, proxy, namespace: NAMESPACE, config, clock, history, storage, watched };
        const pod = new SoakPod(parts);
        pods.push(pod);
        await pod.start();
      }
      const wires = await Promise.all(Array.from({ length: CALLERS }, () => lab.proxy(server)));
      const callers = await Promise.all(
        wires.map((wire) => {
          const recorded = recordExecutors(lab.executors({ url: wire.url }), history);
          const executors = recordFences(recorded, history, watched);
          return lab.caller({ executors, namespace: NAMESPACE, config, clock });
        }),
      );

      let served = 0;
      let failed = 0;
      const request = async (caller: (typeof callers)[number], uid: string): Promise<boolean> => {
        const { value: place } = await timed(() => caller.service(SERVICE).locate(uid));
        if (!place) return false;
        const answer = await pods[place.podId]!.serve(uid);
        if (answer === undefined) caller.service(SERVICE).forget(uid);
        return answer === true;
      };
      const ending = new AbortController();
      const traffic = callers.map(async (caller, at) => {
        // Each caller has its own random generator, as their interleaving is not repeatable.
        const own = seededRandom(seed + at + 1);
        while (!ending.signal.aborted) {
          const uid = `user-${Math.floor(own() * USERS)}`;
          if (await request(caller, uid)) served += 1;
          else failed += 1;
          if (own() < RELEASE_SHARE) for (const pod of pods) await pod.release(uid);
          await sleep(REQUEST_EVERY_MS);
        }
      });

      const end = performance.now() + soakMs;
      const names = Object.keys(faults);
      const counts = new Map<string, number>();
      const pending2: Promise<void>[] = [];
      const at = {
        server,
        pods,
        callers: wires,
        history,
        random,
        stepClock: (ms: number): void => {
          steppedMs = ms;
        },
      };
      while (performance.now() < end) {
        const name = names[Math.floor(random() * names.length)]!;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        const fault = faults[name]!(at);
        // Faults one after the other, sometimes overlapping.
        if (random() < 0.3) pending2.push(fault);
        else await fault;
        await sleep(between(random, 0, 1_000));
      }
      await Promise.all(pending2);
      for (const proxy of [...pods.map((pod) => pod.proxy), ...wires]) proxy.pass();

      const fenced = await missing(pods, (pod) => pod.route?.server.isFenced() === false);
      for (const { podId, route } of pods) {
        const problems = [
          ...(route?.readiness().problems ?? ['not started']),
          ...(route?.liveness().problems ?? []),
        ];
        if (problems.length > 0) say(`pod ${podId}: ${problems.join(', ')}`);
      }
      const users = Array.from({ length: USERS }, (_, user) => `user-${user}`);
      const unserved = await missing(users, (uid) => request(callers[0]!, uid));
      ending.abort();
      await Promise.all(traffic);
      say([...counts].map(([name, count]) => `${name} ×${count}`).join(', '));
      say(`${served} requests served, ${failed} turned away, ${history.events.length} events`);
      return { violations: check(history.events), unserved, fenced };
    }),
});

/** How many are still not right after 20 s. */
async function missing<T>(
  all: readonly T[],
  isRight: (one: T) => boolean | Promise<boolean>,
): Promise<number> {
  const wrong = await Promise.all(
    all.map((one) =>
      timed(() => until('it is right', async () => isRight(one), { everyMs: 50, withinMs: 20_000 })),
    ),
  );
  return wrong.filter(({ error }) => error !== undefined).length;
}
