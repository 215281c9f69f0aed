import { isRouteError } from '@stateful-route/core';
import { History, recordExecutors, type TcpProxy } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const ROUNDS = 6;

/** Why a removal gets no reply: the reply is lost, or the removal is late. */
const losses: readonly ((proxy: TcpProxy) => void)[] = [
  (proxy) => proxy.dropReplies(),
  (proxy) => proxy.hold(),
];

export const removalLost = scenario({
  name: 'removal-lost',
  rows: {
    'removal-lost': {
      shown: 'new claims that are missing after a removal whose reply was lost',
      bound: 0,
      unit: 'claims',
    },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const history = new History();
      let gone = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const proxy = await lab.proxy(server);
        const namespace = `game-${round}`;
        const config = shortLease(20_000);
        const [hasty, patient] = [1_000, 10_000].map((timeoutMs) => ({
          namespace,
          config: { ...config, timeoutMs },
        }));
        const uid = `user-${round}`;
        const near = recordExecutors(lab.executors({ url: server.url }), history);
        const far = recordExecutors(lab.executors({ url: proxy.url }), history);
        const one = await lab.pod(0, { ...hasty!, executors: far });
        const other = await lab.pod(1, { ...patient!, executors: near });
        const first = await one.server.claim(uid);
        losses[round % losses.length]!(proxy);
        const { error } = await timed(() => one.server.release(uid));
        if (!isRouteError(error) || one.server.holds(uid)) gone += 1;
        // If the removal did not arrive, an operator removes the claim by force.
        await near.stateful.removeLinkedPod(namespace, uid, SERVICE);
        const second = await other.server.claim(uid);
        proxy.pass();
        // Repeat the removal, which is safe with a token.
        await timed(() => one.server.release(uid));
        await timed(() =>
          far.stateful.removeLinkedPodWithId(namespace, uid, SERVICE, 0, {
            token: first.claimed ? first.token : 0,
          }),
        );
        const link = await near.stateful.getLink(namespace, uid, SERVICE);
        if (!second.claimed || link?.podId !== 1 || link.token !== second.token) gone += 1;
        await Promise.all([one.stop(), other.stop()]);
      }
      check(history.events);
      return { 'removal-lost': gone };
    }),
});
