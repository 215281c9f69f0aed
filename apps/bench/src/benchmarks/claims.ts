import { silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import type { Benchmark } from '../benchmark.ts';
import { inLab, type BenchLab, ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { uids } from '../lab/uids.ts';
import { usedMemory } from '../lab/used-memory.ts';
import { closedLoop, type Loop } from '../measure/closed-loop.ts';
import { scaled } from '../measure/metric.ts';

const NAMESPACE = 'game';
const CLAIMS = 100_000;
const WARM_UP = 1_000;
const CALLERS = 512;

/** The bytes per user of the shared keys, written by plain commands, and of a token key if a token is given. */
async function keysAlone(lab: BenchLab, users: readonly string[], token?: string): Promise<number> {
  const { client } = await lab.redis();
  const before = await usedMemory(client);
  for (let from = 0; from < users.length; from += 1_000) {
    const pipeline = client.pipeline();
    for (const uid of users.slice(from, from + 1_000)) {
      const claims = `sf:{${NAMESPACE}:lk:${uid}}`;
      pipeline.set(`${claims}${SERVICE}`, '0').hset(claims, SERVICE, '0');
      if (token !== undefined) pipeline.hset(`${claims}:token`, SERVICE, token);
    }
    await pipeline.exec();
  }
  return ((await usedMemory(client)) - before) / users.length;
}

/** What a claim costs in Redis. */
export const claims: Benchmark = {
  name: 'claims',
  title: 'A claim with its token',
  about:
    'On a server of its own, whatever `--url` says: its memory (`used_memory`) for 100,000 users that a ' +
    'pod has claimed by `server.claim`, with the incarnation that a pod has by default. All that Redis ' +
    "stores of a claim counts: the link, the user's claims and the token.",
  notes:
    'The token has a key of its own, because the keys shared with the older Go and Java sides hold only ' +
    'what those read. This second hash takes a claim past its goal, even with nothing but a number in it ' +
    '(see the table). The rest of the difference is the incarnation that is stored beside the number.',
  run: (context) =>
    inLab(context, async (lab) => {
      const server = await lab.redis();
      const pod = createStatefulRoute({
        executors: lab.executors({ url: server.url }),
        namespace: NAMESPACE,
        serviceName: SERVICE,
        podId: 0,
        address: '10.0.0.1:8080',
        logger: silentLogger,
        config: { ...ROUTE_CONFIG, leftover: 'keep' },
        drain: { deadlineMs: 0 },
      });
      lab.defer(() => pod.stop());
      await pod.start();
      const users = uids(scaled(CLAIMS, context.scale, 1_000));
      const claimAll = (some: readonly string[]): Promise<Loop> =>
        closedLoop({ callers: CALLERS, calls: some.length }, (at) => pod.server.claim(some[at]!));
      await claimAll(uids(WARM_UP, 'first'));
      const before = await usedMemory(server.client);
      const { perSecond } = await claimAll(users);
      const bytes = ((await usedMemory(server.client)) - before) / users.length;
      return {
        metrics: [
          {
            name: 'bytesPerClaim',
            shown: 'Redis memory of a claim with its token',
            value: bytes,
            unit: 'bytes',
            goal: { atMost: 300 },
          },
        ],
        figures: [
          {
            kind: 'table',
            caption: `${CLAIMS.toLocaleString('en')} claims, uids such as \`${users[0]!}\``,
            columns: ['', ''],
            rows: [
              ['bytes of a claim', bytes],
              ['bytes of the two keys that are shared with the older sides', await keysAlone(lab, users)],
              ['bytes of those and a hash with a bare number', await keysAlone(lab, users, String(2 ** 52))],
              [`claims/s, ${CALLERS} at once`, perSecond],
            ],
          },
        ],
      };
    }),
};
