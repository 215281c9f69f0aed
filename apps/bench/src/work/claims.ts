import { silentLogger } from '@stateful-route/core';
import { createStatefulRoute } from '@stateful-route/driver';
import { uniqueNamespace } from '@stateful-route/testkit/redis';
import { type BenchLab, ROUTE_CONFIG, SERVICE } from '../lab/bench-lab.ts';
import type { Store } from '../lab/stores.ts';
import { pacedLoop } from '../measure/paced-loop.ts';
import { rawPlacement, type RawPlacement } from '../rivals/raw-placement.ts';
import { NewUsers } from './new-users.ts';
import type { BareSide, Work } from './work.ts';

const POD_ID = 0;
const LINK_SECONDS = 3_600;

/** First claims of new users by a pod. */
export async function claimWork(lab: BenchLab, { executors, bare }: Store): Promise<Work<'ours' | BareSide>> {
  const newUsers = new NewUsers();
  const [raw, autoPipelined] = [await rawPlacement(bare.raw), await rawPlacement(bare.autoPipelined)];
  let end: () => Promise<unknown> = () => Promise.resolve();
  lab.defer(() => end());
  return {
    sides: async (pace) => {
      const claiming = (side: string, place: RawPlacement) =>
        pacedLoop(pace, (count) => {
          const keys = newUsers.keys(side, count);
          return (at) => place(keys[at]!, POD_ID, LINK_SECONDS);
        });
      return {
        ours: pacedLoop(pace, async (count) => {
          // A new pod, which holds nobody.
          await end();
          const pod = createStatefulRoute({
            executors,
            namespace: uniqueNamespace(),
            serviceName: SERVICE,
            podId: POD_ID,
            address: '10.0.0.1:8080',
            logger: silentLogger,
            config: { ...ROUTE_CONFIG, leftover: 'keep' },
            drain: { deadlineMs: 0 },
          });
          // Does not wait for the callers that still know it.
          end = () => pod.stop({ signal: AbortSignal.abort() });
          await pod.start();
          const users = newUsers.uids(count);
          return async (at) => {
            const { claimed } = await pod.server.claim(users[at]!);
            if (!claimed) throw new Error('A new user was not claimed.');
          };
        }),
        raw: claiming('raw', raw),
        'auto-pipelined': claiming('auto', autoPipelined),
      };
    },
  };
}
