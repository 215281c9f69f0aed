import { uniqueNamespace } from '@stateful-route/testkit/redis';
import type { Benchmark } from '../benchmark.ts';
import { inLab, SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { uidAt } from '../lab/uids.ts';
import { watchServer } from '../lab/watched-server.ts';
import { estimate } from '../measure/estimate.ts';

/** Round trips of one route. */
export const roundTrips: Benchmark = {
  name: 'round-trips',
  title: 'Round trips',
  about:
    'The commands that the server receives, by its own `MONITOR`: while a gateway that has just started ' +
    'with its `services` loaded routes its first user, and while it routes the same user again. Each ' +
    'round has another gateway with a connection of its own, and another user.',
  run: (context) =>
    inLab(context, async (lab) => {
      const url = await lab.redisUrl();
      const namespace = uniqueNamespace();
      const pods = new BeatingPods(lab.executors({ url }).stateful, namespace, 20);
      await pods.beat();
      const seen = await watchServer(url);
      lab.defer(() => seen.end());
      const first: number[] = [];
      const known: number[] = [];
      for (let round = 0; round < context.rounds; round++) {
        const { client } = await lab.caller(lab.executors({ url }), namespace);
        const route = (): Promise<unknown> => client.computeLinkedPod(namespace, uidAt(round), SERVICE);
        first.push(await seen.during(route));
        known.push(await seen.during(route));
      }
      return {
        metrics: [
          {
            name: 'roundTripsFirstRoute',
            shown: 'commands seen by the server for the first route of a new user',
            ...estimate(first),
            unit: 'round trips',
            goal: { atMost: 1 },
          },
          {
            name: 'roundTripsKnown',
            shown: 'commands seen by the server for a known user',
            ...estimate(known),
            unit: 'round trips',
            goal: { atMost: 0 },
          },
        ],
      };
    }),
};
