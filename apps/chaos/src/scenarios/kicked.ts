import { until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 1_500;
const USERS = 20;

export const kicked = scenario({
  name: 'kicked',
  rows: {
    reported: {
      shown: 'until the owner learns that another service removed its claim',
      bound: 250,
      unit: 'ms',
    },
    back: {
      shown: 'such users whom the owner holds again within two leases',
      bound: 0,
      unit: 'users',
    },
    misled: { shown: 'users reported lost who were not removed, or reported twice', bound: 0, unit: 'users' },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const options = { namespace: 'game', config: shortLease(LEASE_MS) };
      const owner = await lab.pod(0, { ...options, executors: lab.executors({ url: server.url }) });
      const near = lab.executors({ url: server.url });
      const lobby = await lab.pod(0, { ...options, executors: near, serviceName: 'lobby' });
      const lost: string[] = [];
      owner.server.on('claimsLost', ({ uids }) => lost.push(...uids));
      const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
      await Promise.all(users.map((uid) => owner.server.claim(uid)));

      const removed = users.slice(USERS / 2);
      const reported: number[] = [];
      for (const uid of removed) {
        const start = performance.now();
        await lobby.server.removeLinkedPod('game', uid, SERVICE);
        await until('the owner learns it', () => lost.includes(uid) && !owner.server.holds(uid), {
          everyMs: 1,
        });
        reported.push(performance.now() - start);
      }
      // A self-heal pass of the pod would assert a claim that it still counted as its own.
      await sleep(2 * LEASE_MS);
      const links = await near.stateful.batchGetLink('game', users, SERVICE);
      const kept = users.slice(0, USERS / 2).filter((uid) => owner.server.holds(uid) && links.has(uid));
      return {
        reported: greatest(reported),
        back: removed.filter((uid) => owner.server.holds(uid) || links.has(uid)).length,
        misled: lost.length - removed.length + (USERS / 2 - kept.length),
      };
    }),
});
