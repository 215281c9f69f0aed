import { seededRandom } from '@stateful-route/core/testing';
import type { Benchmark, BenchContext, Metric } from '../benchmark.ts';
import { shuffled } from '../lab/shuffled.ts';
import { uidAt, uids } from '../lab/uids.ts';
import { type Estimate, ratio } from '../measure/estimate.ts';
import { heapBytes } from '@stateful-route/lab/measure';
import { ratioMetric, scaled } from '../measure/metric.ts';
import { interleaved, type Samples } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';
import { bareMap, type LinkCacheMaker, type LinkCacheRival, linkCaches } from '../rivals/link-caches.ts';

const FEW = 10_000;
const MANY = 1_000_000;
const FEW_PASSES = 60;
const RENEWED_PASSES = 20;
/** The driver's default. */
const CACHE_MAX = 1_000_000;
const MANY_PASSES = 1;
/** A round of a million users is long enough to be steady. */
const MANY_ROUNDS_MAX = 3;

/** Candidates for the driver's link cache. */
export const linkCacheCandidates: Benchmark = {
  name: 'link-caches',
  title: 'What the link cache is built on',
  about:
    "Caches from npm and the driver's own, with the values that the driver caches of a user (pod, " +
    'temporary, expiry), against `get` of a bare `Map` with the same entries and no limit. Users are ' +
    'looked up in random order. 10,000 users are in a cache for 1,000,000, the default of `linkCacheMax`. ' +
    '1,000,000 users fill a cache for as many. There caches of two generations (quick-lru, and two maps ' +
    'by hand) move a user at every get. A string that was looked up once keeps its hash; the strings of ' +
    'requests are new, as in the second column. The bytes are heap and typed arrays with 1,000,000 users, ' +
    'with values and without uid strings.',
  notes: `
A get of a user in the younger of two generations changes nothing. So these caches are nearly as fast as a \`Map\` while there is room,
and slowest when they are full. Caches that keep an order pay for it at every get, full or not. tiny-lru keeps users in an object, whose
keys have to be interned: with new strings, which a gateway gets, it loses what it gains with old ones. quick-lru wraps each value for a
time to live that the driver does not use; that is most of its cost over two bare maps.

The driver's cache is two maps by hand (\`packages/driver/src/service/recent-map.ts\`). What \`peekVsMapGet\` leaves over a bare map
goes to finding the service, its pods and the link's expiry; none is left for a wrapper around each value.
`,
  run: async (context) => {
    const few = uids(FEW);
    const many = uids(scaled(MANY, context.scale, FEW));
    const passes = scaled(FEW_PASSES, context.scale);
    const renewals = scaled(RENEWED_PASSES, context.scale);
    const fewer = { ...context, rounds: Math.min(context.rounds, MANY_ROUNDS_MAX) };
    const rows: (string | number)[][] = [['a bare Map', '1', '1', '1', bytesEach(bareMap, many)]];
    const metrics: Metric[] = [];
    for (const [name, make] of Object.entries(linkCaches)) {
      context.say(name);
      const bytes = bytesEach(make, many);
      const found = [
        await rates(context, { make, users: few, max: CACHE_MAX, passes }),
        await rates(context, {
          make,
          users: few,
          max: CACHE_MAX,
          passes: renewals,
          renewed: (at) => uidAt(at),
        }),
        await rates(fewer, { make, users: many, max: many.length, passes: MANY_PASSES }),
      ].map(({ cache, map }) => ratio(cache, map));
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
          columns: ['', '10,000 users', '10,000 users, new strings', '1,000,000 users', 'bytes each'],
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

function filled(make: LinkCacheMaker, users: readonly string[], max: number): LinkCacheRival {
  const cache = make(max);
  for (const [at, uid] of users.entries()) {
    // Fractions of milliseconds, as the monotonic clock has.
    cache.set(uid, { podId: at % 20, temporary: at % 2 === 0, expiresAt: 240_000.5 + at });
  }
  return cache;
}

function bytesEach(make: LinkCacheMaker, users: readonly string[]): number {
  const before = heapBytes();
  const cache = filled(make, users, users.length);
  const bytes = (heapBytes() - before) / users.length;
  // Keeps the cache alive until here.
  cache.sum([]);
  return bytes;
}

/** The gets of a measurement. */
interface Gets {
  readonly make: LinkCacheMaker;
  readonly users: readonly string[];
  /** The limit of the cache. */
  readonly max: number;
  readonly passes: number;
  /** Makes a new string of a user for each pass, as the uids of requests are. */
  readonly renewed?: (at: number) => string;
}

/** Gets per second, of a bare map and of a cache. */
function rates(
  { rounds, seed }: BenchContext,
  { make, users, max, passes, renewed }: Gets,
): Promise<Samples<'map' | 'cache'>> {
  const map = filled(bareMap, users, max);
  const cache = filled(make, users, max);
  const places = shuffled([...users.keys()], seededRandom(seed));
  let asked = places.map((at) => users[at]!);
  const renew = renewed && (() => void (asked = places.map(renewed)));
  const gets =
    ({ sum }: LinkCacheRival) =>
    (): Promise<number> =>
      timedPasses(passes, users.length, () => sum(asked), renew);
  return interleaved(rounds, { map: gets(map), cache: gets(cache) });
}
