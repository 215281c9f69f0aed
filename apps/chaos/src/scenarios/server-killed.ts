import { until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import { heapBytes } from '@stateful-route/lab/measure';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, msUntil, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const DOWN_MS = 3_000;
const MEMORY_MB = 16;

export const serverKilled = scenario({
  name: 'server-killed',
  rows: {
    errors: { shown: 'how long a call takes to fail while the server is down', bound: 50, unit: 'ms' },
    return: { shown: 'first success after the server is back', bound: 1_000, unit: 'ms' },
    memory: { shown: 'growth of the heap while 3 s of calls fail', bound: MEMORY_MB, unit: 'MB' },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const { stateful } = lab.executors({ url: server.url, timeoutMs: 1_000 });
      const call = (): Promise<number | undefined> => stateful.getLinkedPod('game', 'ada', SERVICE);
      await until('the first answer', async () => (await call()) === undefined);

      await server.kill();
      const heapBefore = heapBytes();
      const errors: number[] = [];
      const end = performance.now() + DOWN_MS;
      while (performance.now() < end) {
        const outcomes = await Promise.all(Array.from({ length: 20 }, () => timed(call)));
        errors.push(...outcomes.filter(({ error }) => error !== undefined).map(({ ms }) => ms));
        await sleep(5);
      }
      const memory = Math.max(0, heapBytes() - heapBefore) / 1e6;
      await server.restart();
      const back = await msUntil('an answer', async () => (await call()) === undefined, { everyMs: 2 });
      return { errors: greatest(errors), return: back, memory };
    }),
});
