import { until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, msUntil, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const ROUNDS = 5;

export const readonlyMoved = scenario({
  name: 'readonly-moved',
  rows: {
    'readonly-moved': {
      shown: 'first success after the endpoint moved away from a server that became read-only',
      bound: 500,
      unit: 'ms',
    },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const servers = [await lab.redis(), await lab.redis()] as const;
      const proxy = await lab.proxy(servers[0]);
      const { stateful } = lab.executors({ url: proxy.url, timeoutMs: 500 });
      const write = (): Promise<unknown> => stateful.setLinkedPod('game', 'ada', SERVICE, 1, 300);
      const gaps: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const [from, to] = round % 2 === 0 ? servers : [servers[1], servers[0]];
        await until('a write', async () => (await timed(write)).error === undefined);
        await from.client.replicaof(to.host, to.port);
        await until('the server is read-only', async () => (await timed(write)).error !== undefined);
        // The endpoint still leads to the old master for a while, and the client reconnects to it.
        await sleep(1_000);
        proxy.retarget(to.host, to.port);
        gaps.push(
          await msUntil('a write', async () => (await timed(write)).error === undefined, { everyMs: 2 }),
        );
        await from.client.replicaof('NO', 'ONE');
      }
      say(`gaps ${gaps.map((gap) => gap.toFixed(0)).join(', ')} ms`);
      return { 'readonly-moved': greatest(gaps) };
    }),
});
