import {
  type Executors,
  silentLogger,
  type StatefulRouteForClientDriver,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, type BenchLab, ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uids } from '../lab/uids.ts';
import { closedLoop } from '../measure/closed-loop.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';

const USERS = 10_000;
const PASSES = 100;
const PODS = 20;

type Nested = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, number>>>;

/** The look-ups of one side. */
interface Lookups {
  readonly namespace: string;
  readonly users: readonly string[];
  readonly passes: number;
}

/** Known users, against the least that JavaScript can do. */
export const memoryAnswers: Benchmark = {
  name: 'memory-answers',
  title: 'A known user, answered from memory',
  about:
    'A gateway looks up 10,000 users that it knows, again and again, one after another. ' +
    '`hotPathVsAwaitMapGet` awaits `client.computeLinkedPod`, as a gateway does for each request, against ' +
    'the awaited `get` of a bare `Map` with the same uid strings. `peekVsMapGet` calls the synchronous ' +
    '`client.getLinkedInCache`, against bare nested maps by namespace, service and uid. ' +
    '`claimHeldVsMapGet` awaits `server.claim` on a pod that holds these users, as a pod does for each ' +
    'request, against the awaited `get` too. The bare maps check no lease, no expiry and no pod.',
  run: (context) =>
    inLab(context, async (lab) => {
      const namespace = uniqueNamespace();
      const users = uids(scaled(USERS, context.scale, 100));
      const executors = lab.executors({ url: await lab.redisUrl() });
      const pods = new BeatingPods(executors.stateful, namespace, PODS);
      await pods.beat();
      const { client } = await lab.caller(executors, namespace);
      const bare = new Map<string, number>();
      await closedLoop({ callers: 64, calls: users.length }, async (at) => {
        bare.set(users[at]!, await client.computeLinkedPod(namespace, users[at]!, SERVICE));
      });
      const nested: Nested = new Map([[namespace, new Map([[SERVICE, bare]])]]);
      const lookups: Lookups = { namespace, users, passes: scaled(PASSES, context.scale) };
      const awaited = await interleaved(
        context.rounds,
        {
          computeLinkedPod: () => awaitRoute(client, lookups),
          'await Map.get': () => awaitMap(bare, lookups),
        },
        () => pods.beat(),
      );
      const sync = await interleaved(
        context.rounds,
        {
          getLinkedInCache: () => peekRoute(client, lookups),
          'nested Map.get': () => peekMaps(nested, lookups),
        },
        () => pods.beat(),
      );
      const holder = await holdingPod(lab, executors, users);
      const held = await interleaved(
        context.rounds,
        {
          claim: () => awaitClaim(holder, lookups),
          'await Map.get': () => awaitMap(bare, lookups),
        },
        () => pods.beat(),
      );
      return {
        metrics: [
          ratioMetric(
            'hotPathVsAwaitMapGet',
            'a known user awaited: rate over that of `await map.get(uid)`',
            ratio(awaited.computeLinkedPod, awaited['await Map.get']),
            { atLeast: 0.6 },
          ),
          ratioMetric(
            'peekVsMapGet',
            'a known user, synchronously: rate over that of three nested `Map.get`',
            ratio(sync.getLinkedInCache, sync['nested Map.get']),
            { atLeast: 0.5 },
          ),
          ratioMetric(
            'claimHeldVsMapGet',
            'a claim of a held user awaited: rate over that of `await map.get(uid)`',
            ratio(held.claim, held['await Map.get']),
            { atLeast: 0.3 },
          ),
        ],
        figures: [
          samplesTable('Awaited, one after another', 'calls/s', awaited),
          samplesTable('Synchronous', 'calls/s', sync),
          samplesTable('Claims of held users, awaited', 'calls/s', held),
        ],
      };
    }),
};

/** A pod that holds all of these users. */
async function holdingPod(
  lab: BenchLab,
  executors: Executors,
  users: readonly string[],
): Promise<StatefulRouteForServerDriver> {
  const pod = createStatefulRoute({
    executors,
    namespace: uniqueNamespace(),
    serviceName: SERVICE,
    podId: 0,
    logger: silentLogger,
    config: ROUTE_CONFIG,
    drain: { deadlineMs: 0 },
  });
  lab.defer(() => pod.stop());
  await pod.start();
  await closedLoop({ callers: 64, calls: users.length }, (at) => pod.server.claim(users[at]!));
  return pod.server;
}

function awaitClaim(pod: StatefulRouteForServerDriver, { users, passes }: Lookups): Promise<number> {
  return timedPasses(passes, users.length, async () => {
    let sum = 0;
    for (const uid of users) {
      const claim = await pod.claim(uid);
      sum += claim.claimed ? claim.token : Number.NaN;
    }
    return sum;
  });
}

function awaitRoute(
  client: StatefulRouteForClientDriver,
  { namespace, users, passes }: Lookups,
): Promise<number> {
  return timedPasses(passes, users.length, async () => {
    let sum = 0;
    for (const uid of users) sum += await client.computeLinkedPod(namespace, uid, SERVICE);
    return sum;
  });
}

function awaitMap(map: ReadonlyMap<string, number>, { users, passes }: Lookups): Promise<number> {
  return timedPasses(passes, users.length, async () => {
    let sum = 0;
    // Awaits a plain value on purpose: no await costs less.
    // oxlint-disable-next-line typescript/await-thenable
    for (const uid of users) sum += (await map.get(uid))!;
    return sum;
  });
}

function peekRoute(
  client: StatefulRouteForClientDriver,
  { namespace, users, passes }: Lookups,
): Promise<number> {
  return timedPasses(passes, users.length, () => {
    let sum = 0;
    for (const uid of users) sum += client.getLinkedInCache(namespace, uid, SERVICE)!;
    return sum;
  });
}

function peekMaps(maps: Nested, { namespace, users, passes }: Lookups): Promise<number> {
  return timedPasses(passes, users.length, () => {
    let sum = 0;
    for (const uid of users) sum += maps.get(namespace)!.get(SERVICE)!.get(uid)!;
    return sum;
  });
}
