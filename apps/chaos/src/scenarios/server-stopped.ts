import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors } from '@stateful-route/harness';
import { inLab, SERVICE } from '../lab/lab.ts';
import { type Ended, quantile, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const TIMEOUT_MS = 500;
const STOPPED_MS = 5_000;
const WORKERS = 16;

export const serverStopped = scenario({
  name: 'server-stopped',
  rows: {
    errors: { shown: 'p99 of the errors of a server stopped for 5 s', bound: TIMEOUT_MS + 100, unit: 'ms' },
    late: { shown: 'writes that acted after their deadline', bound: 0, unit: 'writes' },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const history = new History();
      const executors = recordExecutors(lab.executors({ url: server.url, timeoutMs: TIMEOUT_MS }), history);
      const { stateful } = executors;
      await stateful.getServiceState('game', SERVICE);

      const calls: Ended<unknown>[] = [];
      const written: string[] = [];
      server.pause();
      const resumeAt = performance.now() + STOPPED_MS;
      const work = async (worker: number): Promise<void> => {
        for (let turn = 0; performance.now() + TIMEOUT_MS < resumeAt; turn++) {
          const uid = `user-${worker}-${turn}`;
          const call = await timed<unknown>(() =>
            turn % 3 === 2
              ? stateful.getLink('game', uid, SERVICE)
              : stateful.setLinkedPod('game', uid, SERVICE, 1, 300),
          );
          calls.push(call);
          if (turn % 3 !== 2) written.push(uid);
          // Refusals are quick, so pause between calls.
          if (call.ms < 10) await sleep(10);
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      await sleep(Math.max(0, resumeAt - performance.now()));
      server.resume();
      // After this reply the server has executed all commands that were sent before.
      await server.client.ping();
      await sleep(TIMEOUT_MS);
      const found = await lab
        .executors({ url: server.url })
        .stateful.batchGetLinkedPod('game', written, SERVICE);
      check(history.events);
      return {
        errors: quantile(
          calls.map(({ ms }) => ms),
          0.99,
        ),
        late: [...found.values()].flat().length,
      };
    }),
});
