import type { RouteInfoDriver } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';
import { cpuUsage } from '../rivals/moleculer.ts';
import type { PodChooser } from '../rivals/pod-chooser.ts';

const PASSES = 30;
const PICKS = 10_000;

/** Picking the best pod. */
export const picks: Benchmark = {
  name: 'picks',
  title: 'Which pod is best for a new user?',
  about:
    '`routeInfo.getServiceBestPod`, awaited as a user does, with the default strategy (`power-of-two`), against the synchronous ' +
    '`select` of the strategy `CpuUsage` of Moleculer 0.14 with its defaults, which draws three nodes and takes the least busy one. Ours ' +
    'judges leases, routing states and its own placements since the last heartbeat as well.',
  run: (context) =>
    inLab(context, async (lab) => {
      const url = await lab.redis();
      const service = async (count: number): Promise<{ pods: BeatingPods; pick: () => Promise<number> }> => {
        const namespace = uniqueNamespace();
        const pods = new BeatingPods(lab.executors(url).stateful, namespace, count);
        await pods.beat();
        const { routeInfo } = await lab.caller(lab.executors(url), namespace);
        return { pods, pick: () => pickRate(routeInfo, namespace, passes) };
      };
      const passes = scaled(PASSES, context.scale);
      const small = await service(10);
      const large = await service(1_000);
      const few = cpuUsage(10);
      const many = cpuUsage(1_000);
      const rates = await interleaved(
        context.rounds,
        {
          'ours, 10 pods': small.pick,
          'Moleculer, 10 pods': () => selectRate(few, passes),
          'ours, 1,000 pods': large.pick,
          'Moleculer, 1,000 pods': () => selectRate(many, passes),
        },
        async () => {
          await Promise.all([small.pods.beat(), large.pods.beat()]);
        },
      );
      return {
        metrics: [
          ratioMetric(
            'pick10',
            'best of 10 pods: rate over that of Moleculer `CpuUsage`',
            ratio(rates['ours, 10 pods'], rates['Moleculer, 10 pods']),
            { atLeast: 2 },
          ),
          ratioMetric(
            'pick1000',
            'best of 1,000 pods: rate over that of Moleculer `CpuUsage`',
            ratio(rates['ours, 1,000 pods'], rates['Moleculer, 1,000 pods']),
            { atLeast: 2 },
          ),
          ratioMetric(
            'pickRatio1000Vs10',
            'our own rate with 1,000 pods over that with 10',
            ratio(rates['ours, 1,000 pods'], rates['ours, 10 pods']),
            { atLeast: 0.7 },
          ),
        ],
        figures: [samplesTable('Picks', 'picks/s', rates)],
      };
    }),
};

/** Picks a second. */
export function pickRate(routeInfo: RouteInfoDriver, namespace: string, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, async () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += await routeInfo.getServiceBestPod(namespace, SERVICE);
    return sum;
  });
}

/** Selections of Moleculer a second. */
export function selectRate(strategy: PodChooser, passes: number): Promise<number> {
  return timedPasses(passes, PICKS, () => {
    let sum = 0;
    for (let at = 0; at < PICKS; at++) sum += strategy.select('').length;
    return sum;
  });
}
