import { seededRandom } from '@stateful-route/core';
import type { Benchmark, BenchContext, Metric } from '../benchmark.ts';
import { shuffled } from '../lab/shuffled.ts';
import { uids } from '../lab/uids.ts';
import { type Estimate, ratio } from '../measure/estimate.ts';
import { heapBytes } from '../measure/heap.ts';
import { ratioMetric, scaled } from '../measure/metric.ts';
import { interleaved, type Samples } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';
import { bareMap, type LinkCacheMaker, type LinkCacheRival, linkCaches } from '../rivals/link-caches.ts';

const FEW = 10_000;
const MANY = 1_000_000;
const FEW_PASSES = 50;
const MANY_PASSES = 1;

/** What the driver's cache of links could be built on. */
export const linkCacheCandidates: Benchmark = {
  name: 'link-caches',
  title: 'What the link cache is built on',
  about:
    'Caches from npm, each made for as many users as it is given, with the values that the driver remembers of a user (pod, temporary, a ' +
    'time to end). Asked in an order of chance, and compared with `get` on a bare `Map` that is filled alike and forgets nobody. The bytes ' +
    'are heap and typed arrays with 1,000,000 users, values included and uid strings not. A cache that holds users in two generations ' +
    '(quick-lru) is asked here with all of them in memory.',
  run: async (context) => {
    const few = uids(FEW);
    const many = uids(scaled(MANY, context.scale, FEW));
    const rows: (string | number)[][] = [['a bare Map', '1', '1', bytesEach(bareMap, many)]];
    const metrics: Metric[] = [];
    for (const [name, make] of Object.entries(linkCaches)) {
      context.say(name);
      const bytes = bytesEach(make, many);
      const small = await rates(context, make, few, scaled(FEW_PASSES, context.scale));
      const large = await rates(context, make, many, MANY_PASSES);
      const found = [small, large].map((samples) => ratio(samples.cache, samples.map));
      rows.push([name, ...found.map(withSpread), bytes]);
      metrics.push(
        ratioMetric(
          `linkCache${inCamelCase(name)}`,
          `\`get\` of ${name} with 10,000 users: rate over that of a bare \`Map\``,
          found[0]!,
        ),
      );
    }
    return {
      metrics,
      figures: [
        {
          kind: 'table',
          caption: 'Rates over that of a bare `Map`',
          columns: ['', '10,000 users', '1,000,000 users', 'bytes each'],
          rows,
        },
      ],
    };
  },
};

/** `quick-lru` as `QuickLru`. */
function inCamelCase(name: string): string {
  return name
    .split(/[^a-z0-9]+/i)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function withSpread({ value, spread: [least, most] }: Estimate): string {
  return `${value.toFixed(2)} (${least.toFixed(2)} – ${most.toFixed(2)})`;
}

function filled(make: LinkCacheMaker, users: readonly string[]): LinkCacheRival {
  const cache = make(users.length);
  for (const [at, uid] of users.entries()) {
    // The times are fractions of milliseconds, as those of the monotonic clock.
    cache.set(uid, { podId: at % 20, temporary: at % 2 === 0, expiresAt: 240_000.5 + at });
  }
  return cache;
}

function bytesEach(make: LinkCacheMaker, users: readonly string[]): number {
  const before = heapBytes();
  const cache = filled(make, users);
  const bytes = (heapBytes() - before) / users.length;
  // Held until it was measured.
  cache.sum([]);
  return bytes;
}

function rates(
  { rounds, seed }: BenchContext,
  make: LinkCacheMaker,
  users: readonly string[],
  passes: number,
): Promise<Samples<'map' | 'cache'>> {
  const map = filled(bareMap, users);
  const cache = filled(make, users);
  const order = shuffled(users, seededRandom(seed));
  return interleaved(rounds, {
    map: () => timedPasses(passes, order.length, () => map.sum(order)),
    cache: () => timedPasses(passes, order.length, () => cache.sum(order)),
  });
}
