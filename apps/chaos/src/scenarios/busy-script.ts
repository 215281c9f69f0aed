import { until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, isTyped, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const TIMEOUT_MS = 500;
const BUSY_MS = 2_000;

export const busyScript = scenario({
  name: 'busy-script',
  rows: {
    calls: { shown: 'the longest call while a script loops', bound: TIMEOUT_MS + 100, unit: 'ms' },
    untyped: { shown: 'errors without a type meanwhile', bound: 0, unit: 'errors' },
    beats: {
      shown: 'until a heartbeat is acknowledged after the script was killed',
      bound: 1_000,
      unit: 'ms',
    },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis({ args: { 'busy-reply-threshold': '100' } });
      const executors = lab.executors({ url: server.url, timeoutMs: TIMEOUT_MS });
      await lab.pod(0, { executors, namespace: 'game', config: shortLease(5_000) });
      const killer = server.client.duplicate();
      lab.defer(() => killer.disconnect());
      await killer.ping();
      const looping = server.client.eval('while true do end', 0).catch(() => {});
      const end = performance.now() + BUSY_MS;
      const calls: { readonly ms: number; readonly error?: unknown }[] = [];
      while (performance.now() < end) {
        calls.push(
          ...(await Promise.all([
            timed<unknown>(() => executors.stateful.getLink('game', 'ada', SERVICE)),
            timed<unknown>(() => executors.stateful.setLinkedPodIfAbsent('game', 'ada', SERVICE, 0, 60)),
            timed<unknown>(() => executors.stateful.getServiceState('game', SERVICE)),
          ])),
        );
        await sleep(20);
      }
      await killer.script('KILL');
      await looping;
      const read = async (): Promise<number> => {
        const { pods, storeTime } = await executors.stateful.getServiceState('game', SERVICE);
        return storeTime - (pods.get(0)?.updateTime ?? 0);
      };
      const killedAt = performance.now();
      await until('a beat', async () => (await read()) < performance.now() - killedAt);
      return {
        calls: greatest(calls.map(({ ms }) => ms)),
        untyped: calls.filter(({ error }) => error !== undefined && !isTyped(error)).length,
        beats: performance.now() - killedAt,
      };
    }),
});
