import { createStatefulRoute, type StatefulRoute, silentLogger } from '@stateful-route/driver';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { linkAll } from '../lab/links.ts';
import { inRequest, installSdk } from '../lab/open-telemetry.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uids } from '../lab/uids.ts';
import { closedLoop, type Load } from '../measure/closed-loop.ts';
import { ratio } from '../measure/estimate.ts';
import { ratioMetric, samplesTable, scaled } from '../measure/metric.ts';
import { interleaved, type Samples } from '../measure/rounds.ts';
import { timedPasses } from '../measure/timed-passes.ts';

const USERS = 10_000;
const PASSES = 100;
const PODS = 20;

type Client = StatefulRoute<undefined>['client'];

const LOAD: Load = { callers: 512, calls: 200_000 };
const SAMPLED_LOAD: Load = { callers: 512, calls: 20_000 };

const WITHOUT = { atLeast: 0.97 };
const WITH = { atLeast: 0.9 };

/** The cost of telemetry. */
export const telemetry: Benchmark = {
  name: 'telemetry',
  title: 'Telemetry',
  about:
    'A known user (`client.computeLinkedPod`, awaited, from memory) and look-ups in Redis by 512 callers ' +
    '(`client.getLinkedPodNotCache`), on three routes: one with telemetry off (`enableMetrics` and `enableTracing` false), ' +
    'one with its defaults in a process without an SDK, and one with its defaults under OpenTelemetry’s SDK: metrics with a ' +
    'Prometheus exporter, and traces. Under the SDK all calls are made inside the span of a request that is not sampled, as most ' +
    'are in a server, and are compared with the route without telemetry inside the same span: what the SDK makes of ' +
    'every promise is not ours. `telemetrySampledLookup512` is the same inside a request that is sampled: then each ' +
    'look-up is a span.',
  run: (context) =>
    inLab(context, async (lab) => {
      const executors = lab.executors({ url: await lab.redisUrl() });
      const namespace = uniqueNamespace();
      const users = uids(scaled(USERS, context.scale, 100));
      const pods = new BeatingPods(executors.stateful, namespace, PODS);
      await pods.beat();
      await linkAll(executors.stateful, namespace, users, { pods: PODS, seconds: 3_600 });
      const known = (client: Client): Promise<number> =>
        timedPasses(scaled(PASSES, context.scale), users.length, async () => {
          let sum = 0;
          for (const uid of users) sum += await client.computeLinkedPod(namespace, uid, SERVICE);
          return sum;
        });
      const lookUps = async (client: Client, { callers, calls }: Load): Promise<number> => {
        const { perSecond } = await closedLoop({ callers, calls: scaled(calls, context.scale) }, (at) =>
          client.getLinkedPodNotCache(namespace, users[at % users.length]!, SERVICE),
        );
        return perSecond;
      };
      const caller = async (isOn: boolean): Promise<Client> => {
        const route = createStatefulRoute({
          executors,
          namespace,
          services: [SERVICE],
          logger: silentLogger,
          config: { ...ROUTE_CONFIG, enableMetrics: isOn, enableTracing: isOn },
        });
        lab.defer(() => route.stop());
        await route.start();
        await closedLoop({ callers: 64, calls: users.length }, (at) =>
          route.client.computeLinkedPod(namespace, users[at]!, SERVICE),
        );
        return route.client;
      };
      const off = await caller(false);
      const idle = await caller(true);
      const beat = (): Promise<void> => pods.beat();
      const idleKnown = await interleaved(
        context.rounds,
        { off: () => known(off), 'no SDK': () => known(idle) },
        beat,
      );
      const idleLookUps = await interleaved(
        context.rounds,
        { off: () => lookUps(off, LOAD), 'no SDK': () => lookUps(idle, LOAD) },
        beat,
      );
      const sdk = installSdk();
      lab.defer(sdk.remove);
      const measured = await caller(true);
      const underSdk = (
        isSampled: boolean,
        run: (client: Client) => Promise<number>,
      ): Promise<Samples<'off' | 'SDK'>> =>
        interleaved(
          context.rounds,
          {
            off: () => inRequest(isSampled, () => run(off)),
            SDK: () => inRequest(isSampled, () => run(measured)),
          },
          async () => {
            sdk.exporter.reset();
            await beat();
          },
        );
      const sdkKnown = await underSdk(false, known);
      const sdkLookUps = await underSdk(false, (client) => lookUps(client, LOAD));
      const sampledLookUps = await underSdk(true, (client) => lookUps(client, SAMPLED_LOAD));
      return {
        metrics: [
          ratioMetric(
            'telemetryIdleKnown',
            'a known user, without an SDK: rate over that with telemetry off',
            ratio(idleKnown['no SDK'], idleKnown.off),
            WITHOUT,
          ),
          ratioMetric(
            'telemetryIdleLookup512',
            'look-ups of 512 callers, without an SDK: rate over that with telemetry off',
            ratio(idleLookUps['no SDK'], idleLookUps.off),
            WITHOUT,
          ),
          ratioMetric(
            'telemetryKnown',
            'a known user, with an SDK: rate over that with telemetry off',
            ratio(sdkKnown.SDK, sdkKnown.off),
            WITH,
          ),
          ratioMetric(
            'telemetryLookup512',
            'look-ups of 512 callers, with an SDK: rate over that with telemetry off',
            ratio(sdkLookUps.SDK, sdkLookUps.off),
            WITH,
          ),
          ratioMetric(
            'telemetrySampledLookup512',
            'the same, each look-up recorded as a span',
            ratio(sampledLookUps.SDK, sampledLookUps.off),
            'more',
          ),
        ],
        figures: [
          samplesTable('A known user, no SDK installed', 'calls/s', idleKnown),
          samplesTable('512 callers, no SDK installed', 'look-ups/s', idleLookUps),
          samplesTable('A known user, in a request', 'calls/s', sdkKnown),
          samplesTable('512 callers, in a request', 'look-ups/s', sdkLookUps),
          samplesTable('512 callers, in a sampled request', 'look-ups/s', sampledLookUps),
        ],
      };
    }),
};
