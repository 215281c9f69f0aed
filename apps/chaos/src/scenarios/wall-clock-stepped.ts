import { type Clock, systemClock } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 1_500;
const STEPS_MS = [HOUR_MS, -HOUR_MS, 0, -HOUR_MS, HOUR_MS];

export const wallClockStepped = scenario({
  name: 'wall-clock-stepped',
  rows: {
    died: {
      shown: 'pods that die when the wall clocks of pods and callers step by an hour',
      bound: 0,
      unit: 'pods',
    },
    moved: { shown: 'links that expire or move early', bound: 0, unit: 'links' },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const history = new History();
      const executors = recordExecutors(lab.executors({ url: server.url }), history);
      let steppedMs = 0;
      const clock: Clock = { ...systemClock, now: () => realNow() + steppedMs };
      // Step Date.now too, for code that does not use its clock.
      const realNow = Date.now;
      Date.now = () => realNow() + steppedMs;
      lab.defer(() => {
        Date.now = realNow;
      });
      const options = { executors, namespace: 'game', config: shortLease(LEASE_MS), clock };
      const pods = await Promise.all([0, 1, 2].map((podId) => lab.pod(podId, options)));
      let died = 0;
      for (const pod of pods) pod.server.on('fenced', () => (died += 1));
      for (const [at, pod] of pods.entries()) await pod.server.claim(`user-${at}`);
      let moved = 0;
      for (const [step, stepMs] of STEPS_MS.entries()) {
        steppedMs = stepMs;
        // One user who is not cached, and one with a temporary link.
        const caller = await lab.caller(options);
        const visitor = `visitor-${step}`;
        const place = await caller.service(SERVICE).locate(visitor);
        const end = performance.now() + 1.2 * LEASE_MS;
        while (performance.now() < end) {
          for (const at of pods.keys()) {
            caller.service(SERVICE).forget(`user-${at}`);
            const { value } = await timed(() => caller.service(SERVICE).locate(`user-${at}`));
            if (value?.podId !== at) moved += 1;
          }
          if ((await executors.stateful.getLinkedPod('game', visitor, SERVICE)) !== place.podId) moved += 1;
          const alive = await caller.service(SERVICE).pods();
          if (alive.size !== pods.length) died += 1;
          await sleep(50);
        }
        await caller.stop();
      }
      check(history.events);
      return { died, moved };
    }),
});
