import { setTimeout as sleep } from 'node:timers/promises';
import { History, recordExecutors, type TcpProxy } from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { recordFences, type WatchedPods, watchFence } from '../lab/fences.ts';
import { inLab, SERVICE } from '../lab/lab.ts';
import { greatest, msUntil, timed } from '../lab/measures.ts';
import { sideBySide } from '@stateful-route/lab/measure';
import { type ChaosContext, scenario } from '../scenario.ts';

const LEASE_MS = 3_000;
const PODS = 6;
const DEAD = 0;
const STALLING = [1, 2];
const STALL_MS = 3_300;
const EVERY_MS = 4_200;
const REFRESH_MS = 1_000;
/** At how many phases of the stalls the pod dies. */
const PHASES = 4;

export const stallingPods = scenario({
  name: 'stalling-pods',
  rows: {
    'stalling-pods': {
      shown: "until a dead pod's user is taken over while two of the other five stall in turn: three leases",
      bound: 3 * LEASE_MS + REFRESH_MS,
      unit: 'ms',
    },
  },
  run: async ({ check, say }) => {
    const phases = Array.from({ length: PHASES }, (_, at) => at / PHASES);
    const taken = await sideBySide(phases, PHASES, (phase) => takeOverAmongStalls(check, phase));
    say(`taken over after ${taken.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    return { 'stalling-pods': greatest(taken) };
  },
});

function takeOverAmongStalls(check: ChaosContext['check'], phase: number): Promise<number> {
  return inLab(async (lab) => {
    const server = await lab.redis();
    const history = new History();
    const options = { namespace: 'game', config: shortLease(LEASE_MS) };
    const watched: WatchedPods = new Map();
    const wires: TcpProxy[] = [];
    for (let podId = 0; podId < PODS; podId++) {
      const wire = await lab.proxy(server);
      wires.push(wire);
      const executors = recordExecutors(lab.executors({ url: wire.url }), history, { by: podId });
      const pod = await lab.pod(podId, { ...options, executors });
      watched.set(podId, pod);
      watchFence(history, podId, pod);
      await pod.server.claim(`user-${podId}`);
    }
    const executors = recordFences(
      recordExecutors(lab.executors({ url: server.url }), history),
      history,
      watched,
    );
    const caller = await lab.caller({ ...options, executors });
    const ending = new AbortController();
    const stalls = STALLING.map(async (podId, at) => {
      const wait = (ms: number): Promise<unknown> =>
        sleep(ms, undefined, { signal: ending.signal }).catch(() => {});
      await wait((at * EVERY_MS) / STALLING.length);
      while (!ending.signal.aborted) {
        wires[podId]!.hold();
        await wait(STALL_MS);
        wires[podId]!.pass();
        await wait(EVERY_MS - STALL_MS);
      }
    });
    // Wait until the directory is old, as a young one protects all users, and the other pods stall.
    await sleep((1 + phase) * EVERY_MS);
    wires[DEAD]!.blackhole();
    const taken = await msUntil(
      "the dead pod's user is taken over",
      async () => {
        const { value } = await timed(() => caller.service(SERVICE).locate(`user-${DEAD}`));
        return value !== undefined && value.podId !== DEAD;
      },
      { everyMs: 20, withinMs: 40_000 },
    );
    ending.abort();
    await Promise.all(stalls);
    for (const wire of wires) wire.pass();
    check(history.events);
    return taken;
  });
}
