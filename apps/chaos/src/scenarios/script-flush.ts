import { shortLease } from '../lab/config.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { scenario } from '../scenario.ts';

const LOAD_MS = 3_000;
const FLUSH_EVERY_MS = 10;
const WORKERS = 8;

export const scriptFlush = scenario({
  name: 'script-flush',
  rows: {
    'script-flush': {
      shown: 'errors that reach a user while the scripts are flushed every 10 ms',
      bound: 0,
      unit: 'errors',
    },
  },
  run: ({ say }) =>
    inLab(async (lab) => {
      const server = await lab.redis();
      const options = {
        executors: lab.executors({ url: server.url }),
        namespace: 'game',
        config: shortLease(2_000),
      };
      const pod = await lab.pod(0, options);
      const caller = await lab.caller(options);
      const end = performance.now() + LOAD_MS;
      const flushing = setInterval(() => void server.client.script('FLUSH').catch(() => {}), FLUSH_EVERY_MS);
      lab.defer(() => clearInterval(flushing));
      let errors = 0;
      let calls = 0;
      const work = async (worker: number): Promise<void> => {
        for (let turn = 0; performance.now() < end; turn++) {
          const uid = `user-${worker}-${turn}`;
          const { error } = await timed(async () => {
            await caller.service(SERVICE).locate(uid);
            await pod.server.claim(uid);
            await pod.server.release(uid);
          });
          calls += 3;
          if (error !== undefined) errors += 1;
        }
      };
      await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
      say(`${calls} calls`);
      return { 'script-flush': errors };
    }),
});
