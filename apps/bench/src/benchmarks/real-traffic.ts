import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import { silentLogger } from '@stateful-route/core';
import { decorateExecutors } from '@stateful-route/core/adapter';
import { ManualClock } from '@stateful-route/core/testing';
import { createStatefulRoute } from '@stateful-route/driver';
import type { Benchmark } from '../benchmark.ts';
import { inLab, ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import { readLog } from '@stateful-route/lab/log';
import { scaled } from '../measure/metric.ts';

const NAMESPACE = 'game';
const PODS = 3;

/** The hit rate of a gateway's link cache in practice. */
export const realTraffic: Benchmark = {
  name: 'real-traffic',
  title: 'Real traffic',
  about:
    "A web server's log (`--log`), replayed with its own times through one gateway with the profile " +
    "`compat`, on the memory adapter and a manual clock. The client's address is the user. `cacheHitRate` " +
    'is the share of the requests that needed no call of the store. Without a log this is left out.',
  run: (context) =>
    inLab(context, async (lab) => {
      if (context.log === undefined) {
        context.say('no --log was given: nothing is replayed');
        return { metrics: [] };
      }
      const log = await readLog(context.log);
      const requests = log.slice(0, scaled(log.length, context.scale));
      const clock = new ManualClock(requests[0]?.time);
      const executors = createMemoryExecutors({ clock });
      lab.defer(() => executors.close());
      let storeCalls = 0;
      const counted = decorateExecutors(executors, ({ options, run }) => {
        storeCalls += 1;
        return run(options);
      });
      const shared = {
        namespace: NAMESPACE,
        serviceName: SERVICE,
        clock,
        logger: silentLogger,
        config: ROUTE_CONFIG,
      };
      const pods = Array.from({ length: PODS }, (_, podId) =>
        createStatefulRoute({ ...shared, executors, podId }),
      );
      const gateway = createStatefulRoute({ ...shared, executors: counted });
      for (const route of [...pods, gateway]) {
        await route.start();
        lab.defer(() => route.stop({ signal: AbortSignal.abort() }));
      }
      let fromMemory = 0;
      for (const [at, { uid, time }] of requests.entries()) {
        await clock.advance(time - (requests[at - 1]?.time ?? time));
        const before = storeCalls;
        await gateway.client.computeLinkedPod(NAMESPACE, uid, SERVICE);
        if (storeCalls === before) fromMemory += 1;
      }
      return {
        metrics: [
          {
            name: 'cacheHitRate',
            shown: 'requests of a real log that one gateway answered without a call of the store',
            value: fromMemory / requests.length,
            unit: 'share',
            better: 'more',
          },
        ],
        figures: [
          {
            kind: 'table',
            caption: 'The log',
            columns: ['', ''],
            rows: [
              ['requests', requests.length],
              ['users', new Set(requests.map(({ uid }) => uid)).size],
              ['hours', (requests.at(-1)!.time - requests[0]!.time) / 3_600_000],
              ['answered from memory', fromMemory],
            ],
          },
        ],
      };
    }),
};
