import { setTimeout as sleep } from 'node:timers/promises';
import { between, type TcpProxy } from '@stateful-route/harness';
import type { PodRoute } from '../lab/lab.ts';
import type { LivesPod } from './lives-pod.ts';

/** What an act may touch. */
interface LivesStage {
  readonly pods: readonly LivesPod[];
  /** The wires of pods and callers. */
  readonly wires: readonly TcpProxy[];
  readonly users: readonly string[];
  readonly random: () => number;
}

/** Something that an application or the network does, and undoes where it has to be undone. */
type Act = (stage: LivesStage) => Promise<unknown>;

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function onAPod(act: (route: PodRoute, stage: LivesStage) => Promise<unknown>): Act {
  return async (stage) => {
    const { route } = pick(stage.random, stage.pods);
    if (route) await act(route, stage);
  };
}

function onAWire(damage: (wire: TcpProxy, random: () => number) => void): Act {
  return async ({ wires, random }) => {
    const wire = pick(random, wires);
    damage(wire, random);
    await sleep(between(random, 50, 2_500));
    wire.pass();
  };
}

/** What applications do of their own accord. */
export const applicationActs: Readonly<Record<string, Act>> = {
  release: async ({ pods, users, random }) => pick(random, pods).rooms?.release(pick(random, users)),
  refuse: onAPod((route, { users, random }) => route.server.refuse(pick(random, users))),
  'claim and refuse': onAPod(({ server }, { users, random }) => {
    const uid = pick(random, users);
    return Promise.all([server.claim(uid), server.refuse(uid)]);
  }),
  'scopes that overlap': onAPod(async ({ server }, { users, random }) => {
    const uid = pick(random, users);
    const scope = (): Promise<void> =>
      server.claimScope(uid, () => sleep(between(random, 0, 50)).then(() => {}));
    await Promise.all([scope(), scope(), sleep(between(random, 0, 50)).then(scope)]);
  }),
  'raise a token': onAPod(async ({ server }, { random }) => {
    const [uid] = server.held();
    if (uid === undefined) return;
    const claim = await server.claim(uid);
    if (claim.claimed) await server.claim(uid, { minToken: claim.token + 1 + Math.floor(random() * 9) });
  }),
  'hand some over': onAPod(({ server }, { random }) =>
    server.handOff({ count: 1 + Math.floor(random() * 3) }, { deadlineMs: 2_000 }),
  ),
  drain: onAPod(async ({ server }, { random }) => {
    await server.drain({ deadlineMs: between(random, 0, 2_000) });
    await server.setRoutingState('READY');
  }),
  fail: onAPod(async ({ server }, { random }) => {
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

/** What the network does. */
export const networkActs: Readonly<Record<string, Act>> = {
  'a wire is slow': onAWire((wire, random) => wire.delay(between(random, 5, 300))),
  'a wire is a black hole': onAWire((wire) => wire.blackhole()),
  'a wire holds requests': onAWire((wire) => wire.hold()),
  'replies are lost': onAWire((wire) => wire.dropReplies()),
  'a connection is cut at a reply': onAWire((wire) => wire.cutOnReply()),
  'connections are refused': onAWire((wire) => wire.refuse()),
  'connections are cut': onAWire((wire) => wire.cut()),
};
