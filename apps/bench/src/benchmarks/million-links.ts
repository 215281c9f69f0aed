import { seededRandom } from '@stateful-route/core/testing';
import type { Redis } from 'ioredis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, type BenchLab, SERVICE } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import { uids } from '../lab/uids.ts';
import { usedMemory } from '../lab/used-memory.ts';
import { closedLoop } from '../measure/closed-loop.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';

const NAMESPACE = 'game';
const MANY = 1_000_000;
const FEW = 1_000;
const WARM_UP = 1_000;
const PODS = 20;
const LINK_SECONDS = 3_600;
const PIPELINE = 1_000;
const LOAD = { callers: 512, calls: 200_000 };

/** The memory of a large directory, and whether it is slower than a small one. */
export const millionLinks: Benchmark = {
  name: 'million-links',
  title: 'A million links',
  about:
    'On servers of their own, whatever `--url` says. `bytesPerLink`: the memory of a server ' +
    '(`used_memory`) for 1,000,000 temporary links made by `executors.stateful.setLinkedPodIfAbsent`, ' +
    'over that of another server for the same keys, values and times to live, set by `SET … EX` in ' +
    'pipelines. `lookup1mVs1k`: look-ups (`client.getLinkedPodNotCache`, 512 callers, random linked ' +
    'users) with 1,000,000 links over those on another server with 1,000.',
  run: (context) =>
    inLab(context, async (lab) => {
      const users = uids(scaled(MANY, context.scale, 10 * FEW));
      const large = await directory(lab, users);
      context.say(`${users.length} links made`);
      const bare = await bareKeys(lab, users);
      const small = await directory(lab, users.slice(0, FEW));
      const random = seededRandom(context.seed);
      const load = { ...LOAD, calls: scaled(LOAD.calls, context.scale) };
      const rates = await interleaved(context.rounds, {
        many: () => lookUps(large, users, load, random),
        few: () => lookUps(small, users.slice(0, FEW), load, random),
      });
      return {
        metrics: [
          ratioMetric(
            'bytesPerLink',
            'Redis memory of a temporary link, over that of a bare key with a time to live',
            ratio([large.bytesEach], [bare]),
            { atMost: 1.05 },
          ),
          ratioMetric(
            'lookup1mVs1k',
            'look-ups of 512 callers: rate with 1,000,000 links in Redis over that with 1,000',
            ratio(rates.many, rates.few),
            { atLeast: 0.85 },
          ),
        ],
        figures: [
          {
            kind: 'table',
            caption: `Redis memory, keys such as \`${linkKeyOf(NAMESPACE, users[0]!)}\``,
            columns: ['', 'bytes each'],
            rows: [
              ['a temporary link', large.bytesEach],
              ['a bare key with a time to live', bare],
            ],
          },
          samplesTable('Look-ups of 512 callers, by the number of links', 'look-ups/s', rates),
        ],
      };
    }),
};

interface Directory {
  readonly lookUp: (uid: string) => Promise<number | undefined>;
  readonly bytesEach: number;
}

/** A server with links of these users, and a caller. */
async function directory(lab: BenchLab, users: readonly string[]): Promise<Directory> {
  const server = await lab.redis();
  const executors = lab.executors({ url: server.url });
  const { client } = await lab.caller(executors, NAMESPACE);
  const link = (some: readonly string[]): Promise<void> =>
    linkAll(executors.stateful, NAMESPACE, some, { pods: PODS, seconds: LINK_SECONDS });
  const bytes = await growth(server.client, users, link);
  return {
    lookUp: (uid) => client.getLinkedPodNotCache(NAMESPACE, uid, SERVICE),
    bytesEach: bytes,
  };
}

/** The bytes of each bare key, on a server with nothing else. */
async function bareKeys(lab: BenchLab, users: readonly string[]): Promise<number> {
  const server = await lab.redis();
  const raw = await lab.raw(server.url);
  return growth(server.client, users, async (some) => {
    for (let at = 0; at < some.length; at += PIPELINE) {
      const pipeline = raw.pipeline();
      for (const [nth, uid] of some.slice(at, at + PIPELINE).entries()) {
        pipeline.set(linkKeyOf(NAMESPACE, uid), (at + nth) % PODS, 'EX', LINK_SECONDS);
      }
      await pipeline.exec();
    }
  });
}

/** The bytes that each user adds. The first ones warm up and do not count. */
async function growth(
  client: Redis,
  users: readonly string[],
  add: (some: readonly string[]) => Promise<void>,
): Promise<number> {
  const warmUp = Math.min(WARM_UP, users.length / 2);
  await add(users.slice(0, warmUp));
  const before = await usedMemory(client);
  await add(users.slice(warmUp));
  return ((await usedMemory(client)) - before) / (users.length - warmUp);
}

async function lookUps(
  { lookUp }: Directory,
  users: readonly string[],
  load: { readonly callers: number; readonly calls: number },
  random: () => number,
): Promise<number> {
  const asked = Array.from({ length: load.calls }, () => users[Math.floor(random() * users.length)]!);
  const { perSecond } = await closedLoop(load, async (at) => {
    if ((await lookUp(asked[at]!)) === undefined) throw new Error('A link is missing.');
  });
  return perSecond;
}
