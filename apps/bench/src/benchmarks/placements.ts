import type { StatefulRouteForClientDriver } from '@stateful-route/core';
import type { StatefulExecutor } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Cluster, Redis } from 'ioredis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { linkKeyOf, podsKeyOf } from '../lab/links.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uidAt } from '../lab/uids.ts';
import { closedLoop, type Load } from '../measure/closed-loop.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved, type Samples } from '../measure/rounds.ts';
import { NaiveRouter } from '../rivals/naive-router.ts';
import { rawPlacement } from '../rivals/raw-placement.ts';

/** The pods of the service. */
export const PODS = 20;

const LINK_SECONDS = 300;
/** About half a second for each side: less would measure the warm-up. */
const LOAD: PlacementLoads = {
  ours: { callers: 512, calls: 50_000 },
  raw: { callers: 512, calls: 50_000 },
  naive: { callers: 512, calls: 10_000 },
};

/** How many users each side places. */
type PlacementLoads = Readonly<Record<'ours' | 'raw' | 'naive', Load>>;

/** The parties of placements. */
export interface Placements {
  readonly client: StatefulRouteForClientDriver;
  readonly raw: Redis | Cluster;
  /** The route's. The other sides have their own, so that each user is new to each side. */
  readonly namespace: string;
  readonly pods: BeatingPods;
  readonly random: () => number;
}

/** Placements of new users. */
export const placements: Benchmark = {
  name: 'placements',
  title: 'A new user, placed',
  about:
    '512 callers in a closed loop place new users on 20 pods. Ours is `client.computeLinkedPod`: it picks ' +
    'a pod by load, makes the link with a deadline, and caches it. `raw` is `EVALSHA` of the shortest ' +
    'script that sets one key (`SET NX EX`, else renew and read) to a pod that the client picks at ' +
    'random: it checks no claim and knows no loads. `naive` is the router that one would write first: ' +
    '`GET` of the link; if there is none, `HGETALL` of the pods, parsed, the least loaded picked; then ' +
    '`EVAL` of a set-if-absent.',
  notes:
    "On both sides the caller's process is the limit. Most of our time is the adapter's " +
    '(`placeByAdapterVsRawEvalsha512`): three keys instead of one, checked arguments, a deadline, a reply ' +
    'with the link that is now valid. The route adds the pick, its count, one shared request for ' +
    'concurrent calls about a user, and the cache; about a fifth of its time is garbage collection. The ' +
    'bare script does none of this.',
  run: (context) =>
    inLab(context, async (lab) => {
      const url = await lab.redisUrl();
      const executors = lab.executors({ url });
      const namespace = uniqueNamespace();
      const pods = new BeatingPods(executors.stateful, namespace, PODS);
      await pods.beat();
      const { client } = await lab.caller(executors, namespace);
      const raw = await lab.raw(url);
      const rates = await placementRates(
        context.rounds,
        { client, raw, namespace, pods, random: seededRandom(context.seed) },
        scaledLoads(LOAD, context.scale),
      );
      const alone = await adapterRates(
        context.rounds,
        {
          stateful: executors.stateful,
          raw,
          namespace: uniqueNamespace(),
          pods,
          random: seededRandom(context.seed),
        },
        scaledLoads(LOAD, context.scale),
      );
      return {
        metrics: [
          ratioMetric(
            'placeVsRawEvalsha512',
            'new users placed by 512 callers: rate over that of a raw one-key `EVALSHA`',
            ratio(rates.ours, rates.raw),
            { atLeast: 1.3 },
          ),
          ratioMetric(
            'placeVsNaive512',
            'new users placed by 512 callers: rate over that of the naive router',
            ratio(rates.ours, rates.naive),
            { atLeast: 4 },
          ),
          ratioMetric(
            'placeByAdapterVsRawEvalsha512',
            'the Redis adapter alone, without picking and remembering: rate over that of a raw one-key `EVALSHA`',
            ratio(alone.adapter, alone.raw),
            'more',
          ),
        ],
        figures: [
          samplesTable('512 callers, 20 pods', 'placements/s', rates),
          samplesTable('The adapter alone', 'placements/s', alone),
        ],
      };
    }),
};

/** New users placed per second, by each side. */
export async function placementRates(
  rounds: number,
  { client, raw, namespace, pods, random }: Placements,
  load: PlacementLoads,
): Promise<Samples<'ours' | 'raw' | 'naive'>> {
  const place = await rawPlacement(raw);
  const router = new NaiveRouter(raw, podsKeyOf(namespace), LINK_SECONDS);
  const run = uniqueNamespace();
  const newUsers = usersOf(run);
  return interleaved(
    rounds,
    {
      ours: () => {
        const users = newUsers(load.ours);
        return closedLoop(load.ours, (at) => client.computeLinkedPod(namespace, users[at]!, SERVICE));
      },
      raw: () => {
        const keys = newUsers(load.raw).map((uid) => linkKeyOf(`${run}-raw`, uid));
        return closedLoop(load.raw, (at) => place(keys[at]!, Math.floor(random() * PODS), LINK_SECONDS));
      },
      naive: () => {
        const keys = newUsers(load.naive).map((uid) => linkKeyOf(`${run}-naive`, uid));
        return closedLoop(load.naive, (at) => router.route(keys[at]!));
      },
    },
    () => pods.beat(),
  );
}

/** The same with the adapter alone. */
async function adapterRates(
  rounds: number,
  {
    stateful,
    raw,
    namespace,
    pods,
    random,
  }: Omit<Placements, 'client'> & { readonly stateful: StatefulExecutor },
  load: PlacementLoads,
): Promise<Samples<'adapter' | 'raw'>> {
  const place = await rawPlacement(raw);
  const run = uniqueNamespace();
  const newUsers = usersOf(run);
  const podId = (): number => Math.floor(random() * PODS);
  return interleaved(
    rounds,
    {
      adapter: () => {
        const users = newUsers(load.ours);
        return closedLoop(load.ours, (at) =>
          stateful.setLinkedPodIfAbsent(namespace, users[at]!, SERVICE, podId(), LINK_SECONDS),
        );
      },
      raw: () => {
        const keys = newUsers(load.raw).map((uid) => linkKeyOf(`${run}-raw`, uid));
        return closedLoop(load.raw, (at) => place(keys[at]!, podId(), LINK_SECONDS));
      },
    },
    () => pods.beat(),
  );
}

/** Makes new users for each sample, before its clock starts. */
function usersOf(run: string): (load: Load) => string[] {
  let sample = 0;
  return ({ calls }) => {
    sample += 1;
    return Array.from({ length: calls }, (_, at) => uidAt(at, `${sample}-${run.slice(-4)}`));
  };
}

/** A part of the loads. */
function scaledLoads({ ours, raw, naive }: PlacementLoads, scale: number): PlacementLoads {
  const part = ({ callers, calls }: Load): Load => ({ callers, calls: scaled(calls, scale) });
  return { ours: part(ours), raw: part(raw), naive: part(naive) };
}
