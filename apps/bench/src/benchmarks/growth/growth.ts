import type { Benchmark } from '../../benchmark.ts';
import { inLab } from '../../lab/bench-lab.ts';
import { costOfPick, costOfReading } from './by-pods.ts';
import { costByServices } from './by-services.ts';
import { costByUsers } from './by-users.ts';
import { ROUNDS_MAX } from './growing-gateway.ts';

/** The cost of a call, by the size of the fleet. */
export const growth: Benchmark = {
  name: 'growth',
  title: 'Cost against users, services and pods',
  about:
    'The time of one call (1 / rate). A known user (`client.computeLinkedPod`, awaited): by the number of ' +
    'users that the gateway knows, in random order, beside the `get` of an equally large bare `Map`; and ' +
    'by the number of services that the users are spread over. A pick of the best pod, and a reading of ' +
    'all pods from Redis: by the number of pods.',
  run: (context) =>
    inLab(context, async (lab) => {
      const few = { ...context, rounds: Math.min(context.rounds, ROUNDS_MAX) };
      return {
        metrics: [],
        figures: [
          await costByUsers(lab, few),
          await costByServices(lab, few),
          await costOfPick(lab, few),
          await costOfReading(lab, few),
        ],
      };
    }),
};
