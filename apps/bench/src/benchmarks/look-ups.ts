import type { StatefulRouteForClientDriver } from '@stateful-route/core';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Cluster, Redis } from 'ioredis';
import type { Benchmark, Metric } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { linkAll, linkKeyOf } from '../lab/links.ts';
import { uids } from '../lab/uids.ts';
import { closedLoop, type Load } from '../measure/closed-loop.ts';
import { median, ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved, type Samples } from '../measure/rounds.ts';
import type { Figure } from '../report/figure.ts';

const USERS = 10_000;
/** About half a second for each side: less would measure the warm-up. */
const CALLS: Readonly<Record<'ours' | 'raw', number>> = { ours: 200_000, raw: 50_000 };
const LONE_CALLS = 2_000;
const GOALS = [
  { callers: 64, atLeast: 3 },
  { callers: 512, atLeast: 5 },
];

/** The parties of look-ups. */
export interface LookUps {
  readonly client: StatefulRouteForClientDriver;
  readonly raw: Redis | Cluster;
  readonly namespace: string;
  readonly users: readonly string[];
  readonly keys: readonly string[];
}

/** Look-ups that read the store. */
export const lookUps: Benchmark = {
  name: 'look-ups',
  title: 'Look-ups in Redis',
  about:
    '`client.getLinkedPodNotCache`, which always reads the store, against `GET` of the same key on a ' +
    "separate ioredis client with ioredis' defaults. The callers are a closed loop: each awaits a look-up " +
    'before the next one. There are 10,000 linked users. `loneLookupLatencyVsRaw` has one caller, and ' +
    'compares the median latency.',
  notes:
    "With 512 callers the caller's process is the limit, not the server: in one script Redis takes less " +
    'than half a µs for each of 512 look-ups. The rest of the time makes a look-up a call of the port: ' +
    "checked arguments, a deadline, a promise, a place in a batch, the store's health, retries. About a " +
    "tenth of the caller's time is garbage collection.",
  run: (context) =>
    inLab(context, async (lab) => {
      const url = await lab.redisUrl();
      const executors = lab.executors({ url });
      const namespace = uniqueNamespace();
      const users = uids(scaled(USERS, context.scale, 100));
      await linkAll(executors.stateful, namespace, users, { pods: 20, seconds: 3_600 });
      const asked: LookUps = {
        client: (await lab.caller(executors, namespace)).client,
        raw: await lab.raw(url),
        namespace,
        users,
        keys: users.map((uid) => linkKeyOf(namespace, uid)),
      };
      const metrics: Metric[] = [];
      const figures: Figure[] = [];
      for (const { callers, atLeast } of GOALS) {
        const rates = await lookUpRates(context.rounds, asked, {
          ours: { callers, calls: scaled(CALLS.ours, context.scale) },
          raw: { callers, calls: scaled(CALLS.raw, context.scale) },
        });
        metrics.push(
          ratioMetric(
            `lookupVsRawGet${callers}`,
            `look-ups of ${callers} callers at once: rate over that of raw \`GET\``,
            ratio(rates.ours, rates.raw),
            { atLeast },
          ),
        );
        figures.push(samplesTable(`${callers} callers`, 'look-ups/s', rates));
      }
      const lone = await loneLatencies(context.rounds, asked, scaled(LONE_CALLS, context.scale, 20));
      metrics.push(
        ratioMetric(
          'loneLookupLatencyVsRaw',
          'one look-up at a time: median latency over that of raw `GET`',
          ratio(lone.ours, lone.raw),
          { atMost: 1.1 },
        ),
      );
      figures.push(samplesTable('One caller, median latency', 'µs', lone));
      return { metrics, figures };
    }),
};

/** Look-ups per second, of the route and of the bare client. */
export function lookUpRates(
  rounds: number,
  { client, raw, namespace, users, keys }: LookUps,
  load: Readonly<Record<'ours' | 'raw', Load>>,
): Promise<Samples<'ours' | 'raw'>> {
  return interleaved(rounds, {
    ours: () =>
      closedLoop(load.ours, (at) =>
        client.getLinkedPodNotCache(namespace, users[at % users.length]!, SERVICE),
      ),
    raw: () => closedLoop(load.raw, (at) => raw.get(keys[at % keys.length]!)),
  });
}

function loneLatencies(
  rounds: number,
  { client, raw, namespace, users, keys }: LookUps,
  calls: number,
): Promise<Samples<'ours' | 'raw'>> {
  return interleaved(rounds, {
    ours: () =>
      medianLatencyUs(calls, (at) =>
        client.getLinkedPodNotCache(namespace, users[at % users.length]!, SERVICE),
      ),
    raw: () => medianLatencyUs(calls, (at) => raw.get(keys[at % keys.length]!)),
  });
}

async function medianLatencyUs(calls: number, call: (at: number) => Promise<unknown>): Promise<number> {
  const latencies: number[] = [];
  for (let at = 0; at < calls; at++) {
    const start = performance.now();
    await call(at);
    latencies.push((performance.now() - start) * 1_000);
  }
  return median(latencies);
}
