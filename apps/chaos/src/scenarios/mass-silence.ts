import { type Logger, silentLogger } from '@stateful-route/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { recordFences, type WatchedPods, watchFence } from '../lab/fences.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { type ChaosContext, scenario } from '../scenario.ts';

const LEASE_MS = 1_500;

interface Seen {
  /** The time from the fault to the first take-over, in ms. */
  readonly movedAfterMs: number;
  readonly reports: number;
}

/** Cuts off the last pods of a service, and measures when their users are taken over. */
async function silence(context: ChaosContext, pods: number, silent: number): Promise<Seen> {
  return inLab(async (lab) => {
    const server = await lab.redis();
    const proxy = await lab.proxy(server);
    const history = new History();
    const options = { namespace: 'game', config: shortLease(LEASE_MS) };
    const near = recordExecutors(lab.executors({ url: server.url }), history);
    const far = recordExecutors(lab.executors({ url: proxy.url }), history);
    const watched: WatchedPods = new Map();
    for (let podId = 0; podId < pods; podId++) {
      const executors = podId < pods - silent ? near : far;
      const pod = await lab.pod(podId, { ...options, executors });
      watched.set(podId, pod);
      watchFence(history, podId, pod);
      await pod.server.claim(`user-${podId}`);
    }
    let reports = 0;
    const logger: Logger = {
      ...silentLogger,
      error: (_, message) => {
        if (message.includes('stopped beating at once')) reports += 1;
      },
    };
    const executors = recordFences(near, history, watched);
    const caller = await lab.caller({ ...options, executors, logger });
    // Wait until the directory is old: a young one protects all users.
    await sleep(LEASE_MS + 200);
    const faultAt = performance.now();
    proxy.blackhole();
    await until(
      "a silent pod's user is taken over",
      async () => {
        for (let podId = pods - silent; podId < pods; podId++) {
          const { value } = await timed(() => caller.service(SERVICE).locate(`user-${podId}`));
          if (value && value.podId < pods - silent) return true;
        }
        return false;
      },
      { everyMs: 10 },
    );
    const movedAfterMs = performance.now() - faultAt;
    context.check(history.events);
    return { movedAfterMs, reports };
  });
}

export const massSilence = scenario({
  name: 'mass-silence',
  rows: {
    early: {
      shown: 'how long before three leases a user is taken over when two of three pods stop beating at once',
      bound: 0,
      unit: 'ms',
    },
    unreported: { shown: 'mass expiries that are not reported', bound: 0, unit: 'times' },
    half: {
      shown: `until the users of a dead pod of two are taken over, lease ${LEASE_MS} ms`,
      bound: LEASE_MS + 500,
      unit: 'ms',
    },
    hasty: { shown: 'how long before the end of its lease that was', bound: 0, unit: 'ms' },
  },
  run: async (context) => {
    const most = await silence(context, 3, 2);
    const half = await silence(context, 2, 1);
    const period = LEASE_MS / 5;
    return {
      // Leases count from the last heartbeat, up to a period before the fault.
      early: Math.max(0, 3 * LEASE_MS - period - most.movedAfterMs),
      unreported: most.reports > 0 ? 0 : 1,
      half: half.movedAfterMs,
      hasty: Math.max(0, LEASE_MS - period - half.movedAfterMs),
    };
  },
});
