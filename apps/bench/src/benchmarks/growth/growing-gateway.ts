import { createMemoryExecutors } from '@stateful-route/adapter-memory';
import type { StatefulRouteForClientDriver } from '@stateful-route/core';
import type { StatefulRoute } from '@stateful-route/driver';
import { type BenchLab, SERVICE } from '../../lab/bench-lab.ts';
import { BeatingPods } from '../../lab/pods.ts';
import { timedPasses } from '../../measure/timed-passes.ts';

/** The namespace of the services. */
export const NAMESPACE = 'game';

/** A curve needs fewer rounds than a ratio. */
export const ROUNDS_MAX = 3;

/** Calls for each point, about. */
export const CALLS = 300_000;

/** A caller of services on the memory adapter. The measured calls do not reach the store. */
export async function growingGateway(
  lab: BenchLab,
  services: readonly string[] = [SERVICE],
  pods = 20,
): Promise<StatefulRoute<undefined>> {
  const executors = createMemoryExecutors();
  lab.defer(() => executors.close());
  for (const service of services) await new BeatingPods(executors.stateful, NAMESPACE, pods, service).beat();
  return lab.caller(executors, NAMESPACE, services);
}

/** Look-ups of known users per second; `serviceOf` has each user's service. */
export function knownRate(
  client: StatefulRouteForClientDriver,
  users: readonly string[],
  passes: number,
  serviceOf: readonly string[],
): Promise<number> {
  return timedPasses(passes, users.length, async () => {
    let sum = 0;
    for (let at = 0; at < users.length; at++) {
      sum += await client.computeLinkedPod(NAMESPACE, users[at]!, serviceOf[at % serviceOf.length]!);
    }
    return sum;
  });
}
