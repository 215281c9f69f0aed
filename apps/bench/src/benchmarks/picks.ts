import { type PodView, type RouteInfoDriver, selectPod, strategies } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';
import { brokerOf, cpuUsage } from '../rivals/moleculer.ts';
import type { PodChooser } from '../rivals/pod-chooser.ts';

const PASSES = 100;
const PICKS = 10_000;

/** Picking the best pod. */
export const picks: Benchmark = {
  name: 'picks',
  title: 'Which pod is best for a new user?',
  about:
    'Two layers are compared, each with its like of Moleculer 0.14. `pick10` and `pick1000` are the choice itself, synchronous and among ' +
    'pods that may be chosen: the default strategy `power-of-two` with the policy of overload (`selectPod`), against `select` of the strategy ' +
    '`CpuUsage`, which draws three nodes and takes the least busy one. `bestPod10VsMoleculer` and `bestPod1000VsMoleculer` are what a user calls: ' +
    '`await routeInfo.getServiceBestPod`, which also judges leases, routing states and its own placements since the last heartbeat, ' +
    'against `broker.findNextActionEndpoint`, which is synchronous and looks at the availability of each node.',
  notes:
    'An awaited call costs no less than a promise, about 100 ns here, which is what the whole of `CpuUsage` costs; with ten pods the ' +
    'awaited question is therefore no faster than the synchronous one. A gateway does not ask it: `locate` picks as it places.',
  run: (context) =>
    inLab(context, async (lab) => {
      const url = await lab.redisUrl();
      const passes = scaled(PASSES, context.scale);
      const asked = async (
        count: number,
      ): Promise<{ beat: () => Promise<void>; ask: () => Promise<number> }> => {
        const namespace = uniqueNamespace();
        const pods = new BeatingPods(lab.executors({ url }).stateful, namespace, count);
        await pods.beat();
        const { routeInfo } = await lab.caller(lab.executors({ url }), namespace);
        return { beat: () => pods.beat(), ask: () => askRate(routeInfo, namespace, scaled(passes, 0.3)) };
      };
      const choices = await interleaved(context.rounds, {
        'ours, 10 pods': () => pickRate(10, passes),
        'Moleculer, 10 pods': () => selectRate(cpuUsage(10), passes),
        'ours, 1,000 pods': () => pickRate(1_000, passes),
        'Moleculer, 1,000 pods': () => selectRate(cpuUsage(1_000), passes),
      });
      const small = await asked(10);
      const large = await asked(1_000);
      const few = brokerOf(10);
      const many = brokerOf(1_000);
      const questions = await interleaved(
        context.rounds,
        {
          'ours, 10 pods': small.ask,
          'Moleculer, 10 pods': () => selectRate(few, scaled(passes, 0.3)),
          'ours, 1,000 pods': large.ask,
          'Moleculer, 1,000 pods': () => selectRate(many, scaled(passes, 0.02)),
        },
        async () => {
          await Promise.all([small.beat(), large.beat()]);
        },
      );
      return {
        metrics: [
          ratioMetric(
            'pick10',
            'best of 10 pods: choices over those of Moleculer `CpuUsage`',
            ratio(choices['ours, 10 pods'], choices['Moleculer, 10 pods']),
            { atLeast: 2 },
          ),
          ratioMetric(
            'pick1000',
            'best of 1,000 pods: choices over those of Moleculer `CpuUsage`',
            ratio(choices['ours, 1,000 pods'], choices['Moleculer, 1,000 pods']),
            { atLeast: 2 },
          ),
          ratioMetric(
            'pickRatio1000Vs10',
            'our own choices among 1,000 pods over those among 10',
            ratio(choices['ours, 1,000 pods'], choices['ours, 10 pods']),
            { atLeast: 0.7 },
          ),
          ratioMetric(
            'bestPod10VsMoleculer',
            'best of 10 pods, as a user asks: rate over that of a Moleculer broker',
            ratio(questions['ours, 10 pods'], questions['Moleculer, 10 pods']),
            'more',
          ),
          ratioMetric(
            'bestPod1000VsMoleculer',
            'best of 1,000 pods, as a user asks: rate over that of a Moleculer broker',
            ratio(questions['ours, 1,000 pods'], questions['Moleculer, 1,000 pods']),
            'more',
          ),
        ],
        figures: [
          samplesTable('The choice itself', 'picks/s', choices),
          samplesTable('As a user asks', 'answers/s', questions),
        ],
      };
    }),
};

/** Choices a second among so many pods. */
function pickRate(count: number, passes: number): Promise<number> {
  const pods: readonly PodView[] = Array.from({ length: count }, (_, podId) => ({
    podId,
    loadState: 10 + ((podId * 37) % 90),
    metadata: {},
  }));
  const context = { uid: undefined, random: Math.random, peers: 1, placements: 0 };
  return timedPasses(passes, PICKS, () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += selectPod(pods, strategies['power-of-two'], context)!.podId;
    return sum;
  });
}

/** Answers a second to a user who awaits each of them. */
export function askRate(routeInfo: RouteInfoDriver, namespace: string, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, async () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += await routeInfo.getServiceBestPod(namespace, SERVICE);
    return sum;
  });
}

/** Selections of Moleculer a second. */
export function selectRate(strategy: Pick<PodChooser, 'select'>, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += strategy.select('').length;
    return sum;
  });
}
