import { silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { uids } from '../lab/uids.ts';
import { usedMemory } from '../lab/used-memory.ts';
import { closedLoop } from '../measure/closed-loop.ts';
import { scaled } from '../measure/metric.ts';

const NAMESPACE = 'game';
const CLAIMS = 100_000;
const WARM_UP = 1_000;
const CALLERS = 512;

/** What a user costs Redis while a pod holds it. */
export const claims: Benchmark = {
  name: 'claims',
  title: 'A claim with its token',
  about:
    'On a server of its own, whatever `--url` says: the memory that it has used (`used_memory`) for 100,000 users that a pod has claimed by ' +
    '`server.claim`, with the incarnation that a pod has by default. Everything that Redis keeps of a claim counts: the link, the ' +
    "user's claims and the token.",
  run: (context) =>
    inLab(context, async (lab) => {
      const server = await lab.server();
      const pod = createStatefulRoute({
        executors: lab.executors(server.url),
        namespace: NAMESPACE,
        serviceName: SERVICE,
        podId: 0,
        address: '10.0.0.1:8080',
        logger: silentLogger,
        config: { leftover: 'keep' },
        drain: { deadlineMs: 0 },
      });
      lab.defer(() => pod.stop());
      await pod.start();
      const users = uids(scaled(CLAIMS, context.scale, 1_000));
      const claimAll = (some: readonly string[]): Promise<number> =>
        closedLoop({ callers: CALLERS, calls: some.length }, (at) => pod.server.claim(some[at]!));
      await claimAll(uids(WARM_UP, 'first'));
      const before = await usedMemory(server.client);
      const rate = await claimAll(users);
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
              [`claims/s, ${CALLERS} at once`, rate],
            ],
          },
        ],
      };
    }),
};
