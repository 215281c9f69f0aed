import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const DEADLINES_MS = [50, 200, 500, 1_000];

export const neverAnswers = scenario({
  name: 'never-answers',
  rows: {
    'never-answers': {
      shown: 'how long after its deadline a call is pending at a server that does not answer',
      bound: 100,
      unit: 'ms',
    },
  },
  run: () =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const proxy = await lab.proxy(server);
      proxy.blackhole();
      const { stateful, server: tags, feed } = lab.executors({ url: proxy.url });
      const calls = DEADLINES_MS.flatMap((timeoutMs) => {
        const options = { timeoutMs };
        return [
          () => stateful.getLink('game', 'ada', SERVICE, options),
          () => stateful.setLinkedPod('game', 'ada', SERVICE, 1, 60, options),
          () => stateful.getServiceState('game', SERVICE, options),
          () => stateful.batchGetLink('game', ['ada', 'bob'], SERVICE, options),
          () => tags.listServices('game', options),
          () => feed.subscribe('game', SERVICE, () => {}, options),
        ].map(async (call) => {
          const { ms, error } = await timed<unknown>(call);
          return error === undefined ? Number.POSITIVE_INFINITY : ms - timeoutMs;
        });
      });
      return { 'never-answers': Math.max(0, greatest(await Promise.all(calls))) };
    }),
});
