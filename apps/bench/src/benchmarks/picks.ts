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
  title: 'Picking the best pod',
  about:
    'Two layers are compared with Moleculer 0.14. `pick10` and `pick1000` are the choice alone, ' +
    'synchronous and among routable pods: the default strategy `power-of-two` with the overload rule ' +
    '(`selectPod`), against `select` of the strategy `CpuUsage`, which draws three nodes and takes the ' +
    'least busy one. `bestPod10VsMoleculer` and `bestPod1000VsMoleculer` are the calls of an application: ' +
    '`await routeInfo.getServiceBestPod`, which also checks leases and routing states and counts its own ' +
    'placements since the last heartbeat, against `broker.findNextActionEndpoint`, which is synchronous ' +
    'and checks whether each node is available.',
  notes:
    'An awaited call costs at least a promise, about 100 ns here, which is what all of `CpuUsage` costs. ' +
    'So with ten pods the awaited call is no faster than the synchronous one. A gateway does not make ' +
    'this call: `locate` picks as it places.',
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
        return { beat: () => pods.beat(), ask: () => bestPodRate(routeInfo, namespace, scaled(passes, 0.3)) };
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
      const calls = await interleaved(
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
            'best of 10 pods, through the driver: rate over that of a Moleculer broker',
            ratio(calls['ours, 10 pods'], calls['Moleculer, 10 pods']),
            'more',
          ),
          ratioMetric(
            'bestPod1000VsMoleculer',
            'best of 1,000 pods, through the driver: rate over that of a Moleculer broker',
            ratio(calls['ours, 1,000 pods'], calls['Moleculer, 1,000 pods']),
            'more',
          ),
        ],
        figures: [
          samplesTable('The choice itself', 'picks/s', choices),
          samplesTable('Through the driver and the broker', 'calls/s', calls),
        ],
      };
    }),
};

/** Choices per second among so many pods. */
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

/** Awaited calls of `getServiceBestPod` per second. */
export function bestPodRate(routeInfo: RouteInfoDriver, namespace: string, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, async () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += await routeInfo.getServiceBestPod(namespace, SERVICE);
    return sum;
  });
}

/** Moleculer's selections per second. */
export function selectRate(strategy: Pick<PodChooser, 'select'>, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += strategy.select('').length;
    return sum;
  });
}
