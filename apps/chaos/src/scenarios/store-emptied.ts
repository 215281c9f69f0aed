import { setTimeout as sleep } from 'node:timers/promises';
import { between, trialsOf, until } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, msUntil } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LEASE_MS = 5_000;
const PERIOD_MS = LEASE_MS / 5;
/** The round trips of a heartbeat and of a self-heal pass. */
const ROUND_TRIPS_MS = 100;
const ROUNDS = 4;
const USERS = 20;

export const storeEmptied = scenario({
  name: 'store-emptied',
  rows: {
    flushed: {
      shown: `until pods and claims are back after FLUSHALL: one period of ${PERIOD_MS} ms and its round trips`,
      bound: PERIOD_MS + ROUND_TRIPS_MS,
      unit: 'ms',
    },
    restarted: {
      shown: 'until they are back after the server has come back empty',
      bound: PERIOD_MS + ROUND_TRIPS_MS,
      unit: 'ms',
    },
    cached: { shown: 'lost links that callers still have cached', bound: 0, unit: 'links' },
  },
  run: ({ seed }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const namespace = 'game';
      const config = shortLease(LEASE_MS);
      const pods = await Promise.all(
        [0, 1].map((podId) =>
          lab.pod(podId, { executors: lab.executors({ url: server.url }), namespace, config }),
        ),
      );
      const caller = await lab.caller({ executors: lab.executors({ url: server.url }), namespace, config });
      const users = Array.from({ length: USERS }, (_, at) => `user-${at}`);
      for (const [at, uid] of users.entries()) await pods[at % 2]!.server.claim(uid);
      const isBack = async (): Promise<boolean> => {
        const entries = await server.client.hlen(`sf:{${namespace}:state:${SERVICE}}`);
        const links = await server.client.mget(users.map((uid) => `sf:{${namespace}:lk:${uid}}${SERVICE}`));
        return entries === 2 && links.every((podId, at) => podId === String(at % 2));
      };

      let cached = 0;
      const measure = async (empty: () => Promise<unknown>): Promise<number> => {
        await until('all is there', isBack);
        const visitor = `visitor-${performance.now()}`;
        await caller.service(SERVICE).locate(visitor);
        await empty();
        const back = await msUntil('all is back', isBack, { everyMs: 2 });
        await until(
          'the caller has read again',
          async () => (await caller.service(SERVICE).pods()).size === 2,
        );
        // The caller had the visitor's link, which the store has lost: another caller may place the visitor elsewhere.
        await sleep(config.stateRefreshMs ?? 0);
        if (caller.service(SERVICE).peek(visitor)) cached += 1;
        return back;
      };
      const flushed: number[] = [];
      const restarted: number[] = [];
      for (const { random } of trialsOf(seed, ROUNDS)) {
        await sleep(between(random, 0, PERIOD_MS));
        flushed.push(await measure(() => server.client.flushall()));
      }
      for (const { random } of trialsOf(seed, 2)) {
        await sleep(between(random, 0, PERIOD_MS));
        restarted.push(await measure(() => server.restart()));
      }
      return { flushed: greatest(flushed), restarted: greatest(restarted), cached };
    }),
});
