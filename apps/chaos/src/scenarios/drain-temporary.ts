import { until } from '@stateful-route/harness';
import { NOT_MINE } from '@stateful-route/core';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { scenario } from '../scenario.ts';

const USERS = 40;

export const drainTemporary = scenario({
  name: 'drain-temporary',
  rows: {
    'drain-temporary': {
      shown: 'users with a temporary link to a draining pod whom the first lookup does not place elsewhere',
      bound: 0,
      unit: 'users',
    },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const options = {
        executors: lab.executors({ url: server.url }),
        namespace: 'game',
        config: shortLease(2_000),
      };
      const draining = await lab.pod(0, options);
      await lab.pod(1, options);
      const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
      for (const uid of users)
        await options.executors.stateful.setLinkedPodIfAbsent('game', uid, SERVICE, 0, 60);
      // One caller has the links in its cache, the other one does not.
      const fresh = await lab.caller(options);
      const knowing = await lab.caller(options);
      await knowing.service(SERVICE).locateMany(users.slice(0, USERS / 2));
      await draining.server.drain({ deadlineMs: 0 });
      const knows = async (caller: typeof fresh): Promise<boolean> =>
        !(await caller.routeInfo.isPodRoutable('game', SERVICE, 0));
      await until('the callers know of it', async () => (await knows(fresh)) && (await knows(knowing)));

      let stayed = 0;
      for (const uid of users) {
        const caller = users.indexOf(uid) < USERS / 2 ? knowing : fresh;
        const podId = await caller.service(SERVICE).call(uid, async (pod) => {
          if (pod.podId !== 0) return pod.podId;
          // The draining pod refuses the user and removes the link.
          await draining.server.refuse(uid);
          return caller === fresh ? 0 : NOT_MINE;
        });
        if (podId !== 1) stayed += 1;
      }
      return { 'drain-temporary': stayed };
    }),
});
