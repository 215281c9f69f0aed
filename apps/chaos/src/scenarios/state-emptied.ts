import { History, recordExecutors, until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortLease } from '../lab/config.ts';
import { type WatchedPods, watchFence } from '../lab/fences.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 2_000;
const PERIOD_MS = LEASE_MS / 5;
const ROUNDS = 3;
const PODS = [0, 1, 2];
const STATE = `sf:{game:state:${SERVICE}}`;

export const stateEmptied = scenario({
  name: 'state-emptied',
  rows: {
    moved: {
      shown: "users of living pods taken over when the pods' states are lost and the links are not",
      bound: 0,
      unit: 'users',
    },
    back: {
      shown: 'until the pods and @since are back: one period, and a round trip',
      bound: PERIOD_MS + 100,
      unit: 'ms',
    },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const history = new History();
      const executors = recordExecutors(lab.executors({ url: server.url }), history);
      const options = { executors, namespace: 'game', config: shortLease(LEASE_MS) };
      const watched: WatchedPods = new Map();
      for (const podId of PODS) {
        const pod = await lab.pod(podId, options);
        watched.set(podId, pod);
        watchFence(history, podId, pod);
        await pod.server.claim(`user-${podId}`);
      }
      const caller = await lab.caller(options);
      const backs: number[] = [];
      let moved = 0;
      for (let round = 0; round < ROUNDS; round++) {
        await sleep(LEASE_MS + (round * PERIOD_MS) / ROUNDS);
        await server.client.del(STATE, `${STATE}:info`, `${STATE}:intent`);
        const emptiedAt = performance.now();
        let back: number | undefined;
        while (performance.now() - emptiedAt < LEASE_MS) {
          const fields = await server.client.hlen(`${STATE}:info`);
          const since = await server.client.hexists(`${STATE}:info`, '@since');
          if (fields >= PODS.length + 1 && since === 1) back ??= performance.now() - emptiedAt;
          for (const podId of PODS) {
            const uid = `user-${podId}`;
            caller.service(SERVICE).forget(uid);
            const { value } = await timed(() => caller.service(SERVICE).locate(uid));
            if (value && value.podId !== podId) moved += 1;
          }
          await sleep(5);
        }
        backs.push(back ?? Number.POSITIVE_INFINITY);
        await until('the pods serve', () => PODS.every((id) => watched.get(id)!.server.holds(`user-${id}`)));
      }
      check(history.events);
      return { moved, back: greatest(backs) };
    }),
});
