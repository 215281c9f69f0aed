import { isRouteError } from '@stateful-route/core';
import { History, recordExecutors, type TcpProxy, until } from '@stateful-route/harness';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const ROUNDS = 20;

/**
 * How a reply is lost: with its connection, or alone. The latter call waits for its deadline, before which the write must
 * arrive even on a busy machine.
 */
const losses: readonly { readonly lose: (proxy: TcpProxy) => void; readonly timeoutMs: number }[] = [
  { lose: (proxy) => proxy.cutOnReply(), timeoutMs: 10_000 },
  { lose: (proxy) => proxy.dropReplies(), timeoutMs: 600 },
];

export const replyLost = scenario({
  name: 'reply-lost',
  rows: {
    'reply-lost': {
      shown: 'writes that acted twice, or acted and were reported as failed',
      bound: 0,
      unit: 'writes',
    },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const proxy = await lab.proxy(server);
      const history = new History();
      const executors = recordExecutors(lab.executors({ url: proxy.url }), history);
      const direct = recordExecutors(lab.executors({ url: server.url }), history);
      let wrong = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const uid = `user-${round}`;
        proxy.pass();
        await until('a connection', async () => {
          await executors.stateful.getServiceState('game', SERVICE);
          return true;
        });
        const { lose, timeoutMs } = losses[round % losses.length]!;
        lose(proxy);
        const before = await server.client.info('commandstats');
        const { error } = await timed(() =>
          executors.stateful.setLinkedPod('game', uid, SERVICE, 1, 300, { timeoutMs }),
        );
        const link = await direct.stateful.getLink('game', uid, SERVICE);
        const after = await server.client.info('commandstats');
        const isSaid = isRouteError(error, 'TIMEOUT') && error.effect === 'unknown' && !error.retryable;
        if (!isSaid || link?.podId !== 1 || setsOf(after) - setsOf(before) !== 1) wrong += 1;
      }
      proxy.pass();
      check(history.events);
      return { 'reply-lost': wrong };
    }),
});

function setsOf(stats: string): number {
  return Number(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}
