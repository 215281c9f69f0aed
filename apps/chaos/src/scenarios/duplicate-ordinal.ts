import { setTimeout as sleep } from 'node:timers/promises';
import { between, History, recordExecutors, TokenStorage, trialsOf, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab } from '../lab/lab.ts';
import { greatest } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 2_500;
const PERIOD_MS = LEASE_MS / 5;
const ROUNDS = 5;

export const duplicateOrdinal = scenario({
  name: 'duplicate-ordinal',
  rows: {
    fenced: {
      shown: 'until the earlier of two processes of an ordinal is fenced: its next heartbeat',
      bound: PERIOD_MS + 100,
      unit: 'ms',
    },
    accepted: {
      shown: "writes with the earlier process' token that the storage accepts",
      bound: 0,
      unit: 'writes',
    },
  },
  run: ({ seed, check }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const fenced: number[] = [];
      let accepted = 0;
      for (const { index, random } of trialsOf(seed, ROUNDS)) {
        const history = new History();
        const storage = new TokenStorage(history);
        const options = {
          executors: recordExecutors(lab.executors({ url: server.url }), history),
          namespace: `game-${index}`,
          config: shortLease(LEASE_MS),
        };
        const earlier = await lab.pod(0, options);
        const first = await earlier.server.claim('ada');
        if (!first.claimed) throw new Error('The first process could not claim.');
        storage.write('ada', 0, first.token);
        await sleep(between(random, 0, PERIOD_MS));
        const later = await lab.pod(0, options);
        const start = performance.now();
        const second = await later.server.claim('ada');
        if (!second.claimed) throw new Error('The second process could not claim.');
        storage.write('ada', 0, second.token);
        if (storage.write('ada', 0, first.token)) accepted += 1;
        await until('the earlier one is fenced', () => earlier.server.isFenced(), { everyMs: 2 });
        fenced.push(performance.now() - start);
        if (later.server.isFenced() || !later.server.holds('ada'))
          throw new Error('The later one was fenced.');
        await earlier.stop();
        await later.stop();
        check(history.events);
      }
      return { fenced: greatest(fenced), accepted };
    }),
});
