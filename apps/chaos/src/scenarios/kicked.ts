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
    told: {
      shown: 'until the owner is told that another service removed a claim of its own',
      bound: 250,
      unit: 'ms',
    },
    back: {
      shown: "such users who are the owner's again within two leases",
      bound: 0,
      unit: 'users',
    },
    misled: { shown: 'users told lost who were not removed, or told twice', bound: 0, unit: 'users' },
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
      const told: number[] = [];
      for (const uid of removed) {
        const start = performance.now();
        await lobby.server.removeLinkedPod('game', uid, SERVICE);
        await until('the owner is told', () => lost.includes(uid) && !owner.server.holds(uid), {
          everyMs: 1,
        });
        told.push(performance.now() - start);
      }
      // The pod reads its claims back once a lease, and would put back what it believed to be its own.
      await sleep(2 * LEASE_MS);
      const links = await near.stateful.batchGetLink('game', users, SERVICE);
      const kept = users.slice(0, USERS / 2).filter((uid) => owner.server.holds(uid) && links.has(uid));
      return {
        told: greatest(told),
        back: removed.filter((uid) => owner.server.holds(uid) || links.has(uid)).length,
        misled: lost.length - removed.length + (USERS / 2 - kept.length),
      };
    }),
});
