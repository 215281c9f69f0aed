import { seededRandom } from '@stateful-route/core/testing';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark, BenchContext } from '../benchmark.ts';
import { inLab, type BenchLab, SERVICE } from '../lab/bench-lab.ts';
import { podsKeyOf } from '../lab/links.ts';
import { BeatingPods } from '../lab/pods.ts';
import { median, ratio } from '../measure/estimate.ts';
import { collectGarbage } from '@stateful-route/lab/measure';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import type { Samples } from '../measure/rounds.ts';

const PODS = 1_000;
const READS = 12;
/** A caller reads every 5 s, and a pod beats every 30 s. */
const BEATING_SHARE = 5 / 30;

/** Reading all pods of a service. */
export const stateReads: Benchmark = {
  name: 'state-reads',
  title: 'A thousand pods, read again',
  about:
    '`executors.stateful.getServiceState` of 1,000 pods against `HGETALL` of the hash with their details, ' +
    'whose values stay unparsed text. Between two readings a sixth of the pods send a heartbeat, as ' +
    'between two refreshes of a caller (every 5 s, with a heartbeat every 30 s); that is not timed. In ' +
    '`stateReadAllChanged1000VsRawHgetall` all pods send one, as when a caller starts.',
  run: (context) =>
    inLab(context, async (lab) => {
      const some = await readTimes(lab, context, {
        pods: PODS,
        beating: Math.round(PODS * BEATING_SHARE),
      });
      const all = await readTimes(lab, context, { pods: PODS, beating: PODS });
      return {
        metrics: [
          ratioMetric(
            'stateRead1000VsRawHgetall',
            '1,000 pods read, a sixth of them changed: time over that of raw `HGETALL`',
            ratio(some.getServiceState, some.HGETALL),
            { atMost: 2 },
          ),
          ratioMetric(
            'stateReadAllChanged1000VsRawHgetall',
            '1,000 pods read, all of them changed: time over that of raw `HGETALL`',
            ratio(all.getServiceState, all.HGETALL),
            'less',
          ),
        ],
        figures: [
          samplesTable('A sixth of the pods changed', 'ms', some),
          samplesTable('All pods changed', 'ms', all),
        ],
      };
    }),
};

/** The pods of a reading. */
export interface Readings {
  readonly pods: number;
  /** How many of them send a heartbeat between two readings. */
  readonly beating: number;
}

/** The median times of a reading in ms, by round. Between two readings the same pods change for both sides. */
export async function readTimes(
  lab: BenchLab,
  { rounds, scale, seed }: BenchContext,
  { pods: count, beating }: Readings,
): Promise<Samples<'getServiceState' | 'HGETALL'>> {
  const url = await lab.redisUrl();
  const { stateful } = lab.executors({ url });
  const namespace = uniqueNamespace();
  const pods = new BeatingPods(lab.executors({ url }).stateful, namespace, count);
  await pods.beat();
  const raw = await lab.raw(url);
  const key = podsKeyOf(namespace);
  const random = seededRandom(seed);
  const ours = (): Promise<number> => timeMs(() => stateful.getServiceState(namespace, SERVICE));
  const bare = (): Promise<number> => timeMs(() => raw.hgetall(key));
  const found = { getServiceState: [] as number[], HGETALL: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const times = { ours: [] as number[], bare: [] as number[] };
    collectGarbage();
    for (let read = 0; read < scaled(READS, scale, 2); read++) {
      await pods.beat(someOf(count, beating, random));
      if (read % 2 === 1) times.bare.push(await bare());
      times.ours.push(await ours());
      if (read % 2 === 0) times.bare.push(await bare());
    }
    if (round === 0) continue;
    found.getServiceState.push(median(times.ours));
    found.HGETALL.push(median(times.bare));
  }
  return found;
}

function someOf(count: number, wanted: number, random: () => number): number[] {
  const start = Math.floor(random() * count);
  return Array.from({ length: wanted }, (_, at) => (start + at) % count);
}

async function timeMs(read: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await read();
  return performance.now() - start;
}
