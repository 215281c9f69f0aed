import { setTimeout as pause } from 'node:timers/promises';
import { createConsole } from '@stateful-route/console';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { type BenchLab, SERVICE } from '../lab/bench-lab.ts';
import { BeatingPods } from '../lab/pods.ts';
import { watchServer } from '../lab/watched-server.ts';

const PODS = 100;
const LOOKERS: readonly number[] = [0, 1, 50];

/** What a console costs the store. */
export interface LookCost {
  readonly lookers: number;
  readonly commandsPerSecond: number;
}

/** Counts the commands that a console sends while so many people follow a service, for so many seconds each. */
export async function lookCosts(lab: BenchLab, seconds: number): Promise<LookCost[]> {
  const url = await lab.redisUrl();
  const namespace = uniqueNamespace();
  await new BeatingPods(lab.executors({ url }).stateful, namespace, PODS).beat();
  const console = createConsole(lab.executors({ url }), {
    namespace,
    services: [SERVICE],
    authorize: () => ({ who: 'bench', may: 'read' }),
  });
  lab.defer(() => console.close());
  const seen = await watchServer(url);
  lab.defer(() => seen.end());
  const costs: LookCost[] = [];
  for (const lookers of LOOKERS) {
    const leaves = await Promise.all(Array.from({ length: lookers }, () => look(console)));
    const commands = await seen.during(() => pause(seconds * 1_000));
    for (const leave of leaves) await leave();
    costs.push({ lookers, commandsPerSecond: commands / seconds });
  }
  return costs;
}

/** Follows a service as the page does. Resolves with what ends that, when the first event has come. */
async function look(console: ReturnType<typeof createConsole>): Promise<() => Promise<void>> {
  const { body } = await console.fetch(new Request(`http://localhost/api/v1/events?service=${SERVICE}`));
  const reader = body!.getReader();
  await reader.read();
  const reading = (async () => {
    while (!(await reader.read()).done);
  })();
  return async () => {
    await reader.cancel();
    await reading;
  };
}
