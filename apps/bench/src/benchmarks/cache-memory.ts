import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { StatefulRouteForClientDriver } from '@stateful-route/core';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uidAt } from '../lab/uids.ts';
import { heapBytes } from '@stateful-route/lab/measure';
import { scaled } from '../measure/metric.ts';

const NAMESPACE = 'game';
const USERS = 1_000_000;
const PODS = 20;
const LONG_PREFIX = '0f8fad5b-d9cb-469f-a165-7086';

/** What a known user costs a gateway. */
export const cacheMemory: Benchmark = {
  name: 'cache-memory',
  title: 'A million users in a gateway',
  about:
    'The heap of a gateway (`heapUsed` and typed arrays, after a collection), before and after ' +
    '`client.setCache` of 1,000,000 users with the profile `compat`, divided by the users that it then ' +
    'knows. The uid strings count, as nothing else holds them: 32 bytes for a uid of 12 letters, 56 for ' +
    'one of 36. How many users it knows is read from it afterwards.',
  run: (context) =>
    inLab(context, async (lab) => {
      const executors = createMemoryExecutors();
      lab.defer(() => executors.close());
      await new BeatingPods(executors.stateful, NAMESPACE, PODS).beat();
      const count = scaled(USERS, context.scale);
      const rows: [string, number, number][] = [];
      for (const [label, prefix] of [
        ['12 letters', 'user'],
        ['36 letters', LONG_PREFIX],
      ] as const) {
        const route = await lab.caller(executors, NAMESPACE);
        const before = heapBytes();
        for (let at = 0; at < count; at++)
          route.client.setCache(NAMESPACE, uidAt(at, prefix), SERVICE, at % PODS);
        const bytes = heapBytes() - before;
        const known = knownUsers(route.client, count, prefix);
        rows.push([label, known, bytes / known]);
        await route.stop();
      }
      return {
        metrics: [
          {
            name: 'cacheBytesPerUser',
            shown: 'heap of a gateway for each user that it knows, uid of 12 letters included',
            value: rows[0]![2],
            unit: 'bytes',
            goal: { atMost: 200 },
          },
        ],
        figures: [
          {
            kind: 'table',
            caption: `After ${count.toLocaleString('en')} users were learned`,
            columns: ['uids of', 'users known', 'bytes each'],
            rows,
          },
        ],
      };
    }),
};

/** Gets the newest first: a get of an old user may evict another one. */
function knownUsers(client: StatefulRouteForClientDriver, count: number, prefix: string): number {
  let known = 0;
  for (let at = count - 1; at >= 0; at--) {
    if (client.getLinkedInCache(NAMESPACE, uidAt(at, prefix), SERVICE) !== undefined) known += 1;
  }
  return known;
}
