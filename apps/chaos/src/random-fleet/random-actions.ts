import { setTimeout as sleep } from 'node:timers/promises';
import { between, type TcpProxy } from '@stateful-route/harness';
import type { PodRoute } from '../lab/lab.ts';
import type { RandomPod } from './random-pod.ts';

/** What an action may use. */
interface ActionContext {
  readonly pods: readonly RandomPod[];
  /** The connections of pods and callers. */
  readonly wires: readonly TcpProxy[];
  readonly users: readonly string[];
  readonly random: () => number;
}

/** Something that an application or the network does. It ends faults that it starts. */
type Action = (stage: ActionContext) => Promise<unknown>;

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function onPod(act: (route: PodRoute, stage: ActionContext) => Promise<unknown>): Action {
  return async (stage) => {
    const { route } = pick(stage.random, stage.pods);
    if (route) await act(route, stage);
  };
}

function onWire(damage: (wire: TcpProxy, random: () => number) => void): Action {
  return async ({ wires, random }) => {
    const wire = pick(random, wires);
    damage(wire, random);
    await sleep(between(random, 50, 2_500));
    wire.pass();
  };
}

/** Actions of applications. */
export const applicationActions: Readonly<Record<string, Action>> = {
  release: async ({ pods, users, random }) => pick(random, pods).rooms?.release(pick(random, users)),
  refuse: onPod((route, { users, random }) => route.server.refuse(pick(random, users))),
  'claim and refuse': onPod(({ server }, { users, random }) => {
    const uid = pick(random, users);
    return Promise.all([server.claim(uid), server.refuse(uid)]);
  }),
  'scopes that overlap': onPod(async ({ server }, { users, random }) => {
    const uid = pick(random, users);
    const scope = (): Promise<void> =>
      server.claimScope(uid, () => sleep(between(random, 0, 50)).then(() => {}));
    await Promise.all([scope(), scope(), sleep(between(random, 0, 50)).then(scope)]);
  }),
  'raise a token': onPod(async ({ server }, { random }) => {
    const [uid] = server.held();
    if (uid === undefined) return;
    const claim = await server.claim(uid);
    if (claim.claimed) await server.claim(uid, { minToken: claim.token + 1 + Math.floor(random() * 9) });
  }),
  'hand some over': onPod(({ server }, { random }) =>
    server.handOff({ count: 1 + Math.floor(random() * 3) }, { deadlineMs: 2_000 }),
  ),
  drain: onPod(async ({ server }, { random }) => {
    await server.drain({ deadlineMs: between(random, 0, 2_000) });
    await server.setRoutingState('READY');
  }),
  fail: onPod(async ({ server }, { random }) => {
    await server.setServiceState('FAILED').catch(() => {});
    await sleep(between(random, 0, 1_000));
    await server.setServiceState('READY');
  }),
  restart: ({ pods, random }) => pick(random, pods).restart(),
  'drain, and stop meanwhile': async ({ pods, random }) => {
    const pod = pick(random, pods);
    const draining = pod.route?.server.drain({ deadlineMs: 1_000 });
    await sleep(between(random, 0, 300));
    await Promise.all([draining, pod.restart()]);
  },
};

/** Faults of the network. */
export const networkActions: Readonly<Record<string, Action>> = {
  'a wire is slow': onWire((wire, random) => wire.delay(between(random, 5, 300))),
  'a wire is a black hole': onWire((wire) => wire.blackhole()),
  'a wire holds requests': onWire((wire) => wire.hold()),
  'replies are lost': onWire((wire) => wire.dropReplies()),
  'a connection is cut at a reply': onWire((wire) => wire.cutOnReply()),
  'connections are refused': onWire((wire) => wire.refuse()),
  'connections are cut': onWire((wire) => wire.cut()),
};
