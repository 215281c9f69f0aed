import { startCluster } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { scenario } from '../scenario.ts';
import { clusterClient } from './cluster-failover.ts';
import { startWriting } from '../lab/writing.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const MOVES = 6;
const USERS = 8;

export const clusterMigration = scenario({
  name: 'cluster-migration',
  rows: {
    'cluster-migration': {
      shown: "errors that reach a user while the users' slots move to other masters",
      bound: 0,
      unit: 'errors',
    },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const cluster = await startCluster({ masters: 3, replicas: 0, nodeTimeoutMs: 5_000 });
      lab.defer(() => cluster.stop());
      const options = {
        executors: lab.executors({ client: clusterClient(lab, cluster) }),
        namespace: 'game',
        config: { ...shortLease(5_000), timeoutMs: 2_000, maxRetryCount: 10 },
      };
      const pod = await lab.pod(0, options);
      const caller = await lab.caller(options);
      let turn = 0;
      const writing = startWriting(async () => {
        const uid = `user-${turn++ % USERS}`;
        caller.service(SERVICE).forget(uid);
        await caller.service(SERVICE).locate(uid);
        await pod.server.claim(uid);
        if (turn % 3 === 0) await pod.server.release(uid);
      });
      await sleep(500);
      const masters = cluster.nodes.filter(({ role }) => role === 'master');
      for (let move = 0; move < MOVES; move++) {
        const key = `sf:{game:lk:user-${move % USERS}}`;
        const slot = Number(await masters[0]!.client.call('CLUSTER', 'KEYSLOT', key));
        const from = await cluster.owner(key);
        const to = masters[(masters.indexOf(from) + 1) % masters.length]!;
        await cluster.migrateSlot(slot, from, to);
        await sleep(300);
      }
      const { errors, acknowledged } = await writing.stop();
      say(
        `${acknowledged.length} rounds, ${MOVES} slots moved${errors.length > 0 ? `, first error: ${String(errors[0])}` : ''}`,
      );
      return { 'cluster-migration': errors.length };
    }),
});
