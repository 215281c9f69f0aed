import { seededRandom } from '@stateful-route/core/testing';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { type BenchLab, SERVICE } from '../lab/bench-lab.ts';
import { podsKeyOf } from '../lab/links.ts';
import { BeatingPods } from '../lab/pods.ts';
import type { Store } from '../lab/stores.ts';
import { pacedLoop } from '../measure/paced-loop.ts';
import { NaiveRouter } from '../rivals/naive-router.ts';
import { rawPlacement, type RawPlacement } from '../rivals/raw-placement.ts';
import { NewUsers } from './new-users.ts';
import type { BareSide, Work } from './work.ts';

const PODS = 20;
const LINK_SECONDS = 300;

/** Placements of new users: by the route, by the adapter alone, and by others. */
export async function placementWork(
  lab: BenchLab,
  { executors, bare }: Store,
  seed: number,
): Promise<Work<'ours' | 'adapter' | BareSide | 'naive'>> {
  const namespace = uniqueNamespace();
  const alone = uniqueNamespace();
  const pods = new BeatingPods(executors.stateful, namespace, PODS);
  await pods.beat();
  const random = seededRandom(seed);
  const podId = (): number => Math.floor(random() * PODS);
  const newUsers = new NewUsers();
  const router = new NaiveRouter(bare.raw, podsKeyOf(namespace), LINK_SECONDS);
  const [raw, autoPipelined] = [await rawPlacement(bare.raw), await rawPlacement(bare.autoPipelined)];
  return {
    prepare: () => pods.beat(),
    sides: async (pace) => {
      // A new caller, which remembers no users.
      const { client } = await lab.caller(executors, namespace);
      const placing = (side: string, place: RawPlacement) =>
        pacedLoop(pace, (count) => {
          const keys = newUsers.keys(side, count);
          return (at) => place(keys[at]!, podId(), LINK_SECONDS);
        });
      return {
        ours: pacedLoop(pace, (count) => {
          const users = newUsers.uids(count);
          return (at) => client.computeLinkedPod(namespace, users[at]!, SERVICE);
        }),
        adapter: pacedLoop(pace, (count) => {
          const users = newUsers.uids(count);
          return (at) =>
            executors.stateful.setLinkedPodIfAbsent(alone, users[at]!, SERVICE, podId(), LINK_SECONDS);
        }),
        raw: placing('raw', raw),
        'auto-pipelined': placing('auto', autoPipelined),
        naive: pacedLoop(pace, (count) => {
          const keys = newUsers.keys('naive', count);
          return (at) => router.route(keys[at]!);
        }),
      };
    },
  };
}
