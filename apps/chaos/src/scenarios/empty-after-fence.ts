import type { Executors } from '@stateful-route/core';
import { decorateExecutors, type HeartbeatAck } from '@stateful-route/core/adapter';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  between,
  type RedisServer,
  type TcpProxy,
  type Trial,
  trialsOf,
  until,
} from '@stateful-route/harness';
import { shortLease } from '../lab/config.ts';
import { inLab, type Lab, type PodRoute, SERVICE } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { sideBySide } from '@stateful-route/lab/measure';
import { HoldWatch } from '../application/hold-watch.ts';
import { type ChaosContext, scenario } from '../scenario.ts';

const LEASE_MS = 2_400;
const PERIOD_MS = LEASE_MS / 3;
const PODS = 3;
const USERS_EACH = 6;
const ROUNDS = 2;

/** Which pods are fenced when the store comes back empty. */
type Fenced = 'one' | 'all';

interface Seen {
  readonly twice: number;
  readonly moved: number;
}

export const emptyAfterFence = scenario({
  name: 'empty-after-fence',
  rows: {
    twice: {
      shown:
        'users whom two pods hold when the store comes back empty while one pod, or all of them, are fenced',
      bound: 0,
      unit: 'users',
    },
    moved: {
      shown: 'users who moved from pods that reached it again within one period',
      bound: 0,
      unit: 'users',
    },
  },
  run: async (context) => {
    const cases = trialsOf(context.seed, ROUNDS).flatMap((trial) =>
      (['one', 'all'] as const).map((fenced) => ({ trial, fenced })),
    );
    const seen = await sideBySide(cases, cases.length, ({ trial, fenced }) =>
      emptied(context, trial, fenced),
    );
    return {
      twice: seen.reduce((sum, { twice }) => sum + twice, 0),
      moved: seen.reduce((sum, { moved }) => sum + moved, 0),
    };
  },
});

function emptied({ say }: ChaosContext, { random }: Trial, fenced: Fenced): Promise<Seen> {
  return inLab(async (lab) => {
    const server = await lab.redis();
    const config = { ...shortLease(LEASE_MS), serviceStateUpdatePeriodSeconds: PERIOD_MS / 1_000 };
    const users = Array.from({ length: PODS * USERS_EACH }, (_, at) => `user-${at}`);
    const watch = new HoldWatch(users);
    const wires: TcpProxy[] = [];
    const pods: PodRoute[] = [];
    const returns = new Map<number, number>();
    for (let podId = 0; podId < PODS; podId++) {
      const wire = await lab.proxy(server);
      const executors = noteReturns(watch.around(lab.executors({ url: wire.url }), `pod ${podId}`), returns);
      const pod = await lab.pod(podId, { executors, namespace: 'game', config });
      watch.add(pod, `pod ${podId}`);
      wires.push(wire);
      pods.push(pod);
    }
    await Promise.all(users.map((uid, at) => pods[at % PODS]!.server.claim(uid)));
    const caller = await lab.caller({
      executors: lab.executors({ url: server.url }),
      namespace: 'game',
      config,
    });
    // Wait until the claims and the directory are old.
    await sleep(LEASE_MS + between(random, 0, LEASE_MS / 5));
    await fence(fenced, lab, server, wires, pods);
    const asking = ask(users, caller, pods, watch);
    const isBack = (): boolean =>
      users.every((uid, at) => pods[at % PODS]!.server.holds(uid)) &&
      pods.every((pod) => !pod.server.isFenced());
    await timed(() => until('everybody is back', isBack, { withinMs: 5 * LEASE_MS }));
    await sleep(LEASE_MS);
    await asking.stop();
    for (const line of watch.found.keys()) say(`${fenced} fenced: ${line}`);
    const late = pods.flatMap((_, podId) => ((returns.get(podId) ?? 0) > PERIOD_MS ? [podId] : []));
    if (late.length > 0) say(`${fenced} fenced: pods ${late.join(', ')} reached the store too late to count`);
    const moved = users.filter((uid, at) => !late.includes(at % PODS) && !pods[at % PODS]!.server.holds(uid));
    if (moved.length > 0) say(`${fenced} fenced: ${moved.join(', ')} are elsewhere`);
    return { twice: watch.found.size, moved: moved.length };
  });
}

/** Records when each pod reached the empty store, in ms after the first one. */
function noteReturns(executors: Executors, returns: Map<number, number>): Executors {
  return decorateExecutors(executors, async (call) => {
    const reply = await call.run(call.options);
    if (call.method !== 'setServiceState') return reply;
    const { storeTime, restored } = reply as HeartbeatAck;
    const podId = call.args[2] as number;
    if (restored !== undefined && !returns.has(podId)) returns.set(podId, storeTime - restored);
    return reply;
  });
}

/** Fences one pod or all of them, and restarts the server empty before any lease is over. */
async function fence(
  fenced: Fenced,
  lab: Lab,
  server: RedisServer,
  wires: readonly TcpProxy[],
  pods: readonly PodRoute[],
): Promise<void> {
  lab.defer(() => wires.forEach((wire) => wire.pass()));
  if (fenced === 'all') await server.kill();
  else wires[0]!.blackhole();
  const some = fenced === 'all' ? pods : pods.slice(0, 1);
  await until('they are fenced', () => some.every((pod) => pod.server.isFenced()));
  await server.restart();
  for (const wire of wires) wire.pass();
}

/** Looks up every user repeatedly without a cache, and serves them on the pod found. */
function ask(
  users: readonly string[],
  caller: Awaited<ReturnType<Lab['caller']>>,
  pods: readonly PodRoute[],
  watch: HoldWatch,
): { readonly stop: () => Promise<void> } {
  const ending = new AbortController();
  const service = caller.service(SERVICE);
  const work = users.map(async (uid) => {
    while (!ending.signal.aborted) {
      service.forget(uid);
      const { value } = await timed(() => service.locate(uid));
      if (value) await timed(() => pods[value.podId]!.server.claim(uid));
      watch.look();
      await sleep(10);
    }
  });
  return {
    stop: async () => {
      ending.abort();
      await Promise.all(work);
    },
  };
}
