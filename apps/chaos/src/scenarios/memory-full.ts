import { isRouteError, PERSIST_FOREVER } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { recordFences, type WatchedPods, watchFence } from '../lab/fences.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 1_500;
const PODS = [0, 1, 2];

export const memoryFull = scenario({
  name: 'memory-full',
  rows: {
    partial: {
      shown: 'writes that acted in part, with maxmemory reached',
      bound: 0,
      unit: 'writes',
    },
    untyped: { shown: 'refusals without a specific type', bound: 0, unit: 'errors' },
    moved: { shown: 'users taken from pods whose heartbeats are refused', bound: 0, unit: 'users' },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const history = new History();
      const executors = recordExecutors(lab.executors({ url: server.url }), history);
      const options = { namespace: 'game', config: shortLease(LEASE_MS) };
      const watched: WatchedPods = new Map();
      for (const podId of PODS) {
        const pod = await lab.pod(podId, { ...options, executors });
        watched.set(podId, pod);
        watchFence(history, podId, pod);
        await pod.server.claim(`user-${podId}`);
      }
      const recorded = recordFences(executors, history, watched);
      const caller = await lab.caller({ ...options, executors: recorded });
      await sleep(LEASE_MS);
      await server.client.config('SET', 'maxmemory', '1');

      let untyped = 0;
      let partial = 0;
      for (let at = 0; at < 50; at++) {
        const uid = `new-${at}`;
        const { error } = await timed(() =>
          executors.stateful.trySetLinkedPod('game', uid, SERVICE, 1, PERSIST_FOREVER, { incarnation: 'x' }),
        );
        if (!isRouteError(error, 'STORE_ERROR')) untyped += 1;
        const keys = await server.client.keys(`sf:{game:lk:${uid}}*`);
        if (keys.length !== 0 && keys.length !== 3) partial += 1;
      }
      let moved = 0;
      // Longer than the lease, and within the three leases of the mass-expiry guard.
      const end = performance.now() + 1.8 * LEASE_MS;
      while (performance.now() < end) {
        for (const podId of PODS) {
          const { value } = await timed(() => caller.service(SERVICE).locate(`user-${podId}`));
          if (value && value.podId !== podId) moved += 1;
        }
        await sleep(25);
      }
      await server.client.config('SET', 'maxmemory', '0');
      await until('the pods are back', () => [...watched.values()].every((pod) => !pod.server.isFenced()));
      await until('every pod has its user', () =>
        PODS.every((id) => watched.get(id)!.server.holds(`user-${id}`)),
      );
      check(history.events);
      return { partial, untyped, moved };
    }),
});
