import type { BenchContext } from '../../benchmark.ts';
import { type BenchLab, SERVICE } from '../../lab/bench-lab.ts';
import { median } from '../../measure/estimate.ts';
import { scaled } from '../../measure/metric.ts';
import { interleaved } from '../../measure/rounds.ts';
import type { Plot } from '../../report/figure.ts';
import { brokerOf } from '../../rivals/moleculer.ts';
import { bestPodRate, selectRate } from '../picks.ts';
import { readTimes } from '../state-reads.ts';
import { growingGateway, NAMESPACE } from './growing-gateway.ts';

const PODS = [3, 10, 30, 100, 300, 1_000];
const PICK_PASSES = 10;

/** `getServiceBestPod`, by the number of pods. */
export async function costOfPick(lab: BenchLab, { rounds, scale, say }: BenchContext): Promise<Plot> {
  const ours: [number, number][] = [];
  const moleculer: [number, number][] = [];
  const passes = scaled(PICK_PASSES, scale);
  for (const count of PODS) {
    say(`a pick of ${count} pods`);
    const route = await growingGateway(lab, [SERVICE], count);
    const broker = brokerOf(count);
    const rates = await interleaved(rounds, {
      ours: () => bestPodRate(route.routeInfo, NAMESPACE, passes),
      moleculer: () => selectRate(broker, passes),
    });
    ours.push([count, 1e9 / median(rates.ours)]);
    moleculer.push([count, 1e9 / median(rates.moleculer)]);
    await route.stop();
  }
  return {
    kind: 'plot',
    name: 'cost-of-a-pick',
    caption: 'A pick of the best pod',
    x: { label: 'pods', scale: 'log' },
    y: { label: 'ns a pick' },
    lines: [
      { label: 'stateful-route', points: ours },
      { label: 'Moleculer broker', points: moleculer },
    ],
  };
}

/** A reading of all pods from Redis, by their number. */
export async function costOfReading(lab: BenchLab, context: BenchContext): Promise<Plot> {
  const ours: [number, number][] = [];
  const raw: [number, number][] = [];
  for (const pods of PODS) {
    context.say(`a reading of ${pods} pods`);
    const times = await readTimes(lab, context, { pods, beating: pods });
    ours.push([pods, median(times.getServiceState)]);
    raw.push([pods, median(times.HGETALL)]);
  }
  return {
    kind: 'plot',
    name: 'cost-of-a-reading',
    caption: 'A reading of all pods, which have all beaten since the last one',
    x: { label: 'pods', scale: 'log' },
    y: { label: 'ms a reading' },
    lines: [
      { label: 'stateful-route', points: ours },
      { label: 'raw HGETALL', points: raw },
    ],
  };
}
