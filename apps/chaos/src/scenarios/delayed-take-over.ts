import { decorateExecutors } from '@stateful-route/core/adapter';
import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors, TokenStorage, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { Serving } from '../lab/serving.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 1_500;
const ROUNDS = 3;

export const delayedTakeOver = scenario({
  name: 'delayed-take-over',
  rows: {
    'delayed-take-over': {
      shown: 'take-overs that succeed although the owner came back between the read and the replacement',
      bound: 0,
      unit: 'take-overs',
    },
  },
  run: ({ check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const proxy = await lab.proxy(server);
      const history = new History();
      const storage = new TokenStorage(history);
      const options = { namespace: 'game', config: shortLease(LEASE_MS) };
      const near = recordExecutors(lab.executors({ url: server.url }), history);
      const far = recordExecutors(lab.executors({ url: proxy.url }), history);
      const owner = await lab.pod(0, { ...options, executors: far });
      await lab.pod(1, { ...options, executors: near });
      const serving = new Serving(owner, 0, storage);
      let taken = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const uid = `user-${round}`;
        await serving.accept(uid);
        await sleep(LEASE_MS);
        let asked = false;
        let goOn = (): void => {};
        const pause = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        const paused = decorateExecutors(near, async (call) => {
          if (call.method === 'replaceLinkedPod') {
            asked = true;
            await pause;
          }
          return call.run(call.options);
        });
        const caller = await lab.caller({
          ...options,
          executors: paused,
          config: { ...options.config, timeoutMs: 10_000 },
        });
        proxy.blackhole();
        const located: Promise<unknown>[] = [];
        await until(
          'the caller is about to take over',
          () => {
            located.push(timed(() => caller.service(SERVICE).locate(uid)));
            return asked;
          },
          { everyMs: 50 },
        );
        // The owner returns with a new incarnation, and claims again.
        proxy.pass();
        await until('the owner is back', () => owner.server.holds(uid));
        const before = await near.stateful.getLink('game', uid, SERVICE);
        goOn();
        await Promise.all(located);
        const after = await near.stateful.getLink('game', uid, SERVICE);
        if (after?.podId !== 0 || after.token !== before?.token) taken += 1;
        await caller.stop();
      }
      await serving.stop();
      check(history.events);
      return { 'delayed-take-over': taken };
    }),
});
