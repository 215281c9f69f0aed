import { until } from '@stateful-route/harness';
import { inLab, SERVICE } from '../lab/lab.ts';
import { scenario } from '../scenario.ts';

const KEYS = 3_000;
/** The server's delay per key in µs: loading takes more than three seconds. */
const KEY_LOAD_US = 1_000;

export const serverLoading = scenario({
  name: 'server-loading',
  rows: {
    'server-loading': {
      shown: 'first success after a restarted server has loaded its data',
      bound: 1_000,
      unit: 'ms',
    },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const server = await lab.redis({
        args: {
          'key-load-delay': String(KEY_LOAD_US),
          // Makes it answer between keys, as it does after every few MB of real data.
          'loading-process-events-interval-bytes': '1024',
        },
      });
      const { stateful } = lab.executors({ url: server.url, timeoutMs: 1_000 });
      const call = (): Promise<number | undefined> => stateful.getLinkedPod('game', 'ada', SERVICE);
      await stateful.setLinkedPod('game', 'ada', SERVICE, 1, 300);
      await server.client.eval(
        "for nth = 1, ARGV[1] do redis.call('SET', 'filler:' .. nth, nth) end",
        0,
        KEYS,
      );
      await server.client.save();

      await server.kill();
      const startedAt = performance.now();
      let readyAt = Number.POSITIVE_INFINITY;
      const restarted = server.restart().then(() => {
        readyAt = performance.now();
      });
      await until('an answer', async () => (await call()) === 1, { withinMs: 60_000, everyMs: 2 });
      const answeredAt = performance.now();
      await restarted;
      say(`the server loaded for ${((readyAt - startedAt) / 1_000).toFixed(1)} s`);
      return { 'server-loading': Math.max(0, answeredAt - readyAt) };
    }),
});
