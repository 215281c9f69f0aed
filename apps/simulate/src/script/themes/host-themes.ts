import type { Chance } from '../chance.ts';
import type { FleetPlan, HostPlan } from '../fleet-plan.ts';
import { uidsOf } from '../fleet-plan.ts';
import { equalLeases, type Scene, type Theme } from './theme.ts';

/** A fleet of hosts whose users are saved when they leave. */
function hosts(pods: number, host: Partial<HostPlan>, rest: Partial<FleetPlan> = {}): Partial<FleetPlan> {
  return equalLeases(pods, 10_000, 2_000, {
    users: 6,
    storage: 'checks',
    drainTimeoutMs: 12_000,
    userTimeoutMs: 3_000,
    linkSeconds: 20,
    host: {
      saveAfter: 'interval',
      saveEveryMs: 10_000,
      saveWhenFenced: false,
      idleAfterMs: false,
      openTimeoutMs: 3_000,
      useTimeoutMs: 3_000,
      ...host,
    },
    ...rest,
  });
}

/** Requests of all users at random moments, some of which take a while. */
function traffic(scene: Scene, from: number, ms: number, asks: number): void {
  const { chance, fleet } = scene;
  for (const uid of uidsOf(fleet)) {
    for (let each = 0; each < asks; each++) {
      const gateway = chance.whole(0, fleet.gateways.length - 1);
      const how = chance.is(0.7) ? 'claim' : 'scope';
      const workMs = chance.is(0.6) ? 0 : chance.whole(1, 200);
      scene.at(from + chance.whole(0, ms), { kind: 'ask', gateway, uid, how, workMs, saves: false });
    }
  }
}

const either = (chance: Chance): HostPlan['saveAfter'] => chance.of(['interval', 'use']);

/** What happens to users whom hosts open, serve, save and close. */
export const hostThemes: readonly Theme[] = [
  {
    // users are handed over while they send requests, and each save takes a while
    name: 'hosts hand over under traffic',
    fleet: (chance) => hosts(3, { saveAfter: either(chance) }),
    leases: 2,
    play(scene) {
      const { chance } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(50, 800), forMs: 3_000 });
      traffic(scene, 1_500, 2_000, 6);
      scene.at(2_000, { kind: 'handOff', pod, count: 6 });
      scene.at(7_000, { kind: 'handOff', pod: scene.pod(1), count: 6 });
      traffic(scene, 6_800, 1_500, 6);
    },
  },
  {
    // pods die, are cut off and stop while requests are answered after their saves
    name: 'hosts answer after the save',
    fleet: () => hosts(3, { saveAfter: 'use' }),
    leases: 3,
    play(scene) {
      const { chance, leaseMs } = scene;
      scene.askAll(0, 50);
      const [dies, stalls] = [scene.pod(0), scene.pod(1)];
      scene.at(500, { kind: 'saves', pod: dies, mode: 'slow', ms: chance.whole(20, 400), forMs: 3_000 });
      traffic(scene, 600, 3_000, 8);
      scene.at(1_000 + chance.whole(0, 2_000), { kind: 'kill', pod: dies, startAfterMs: 2_000 });
      scene.at(1_500, { kind: 'cut', process: `pod-${stalls}`, ms: leaseMs + 2_000 });
      traffic(scene, leaseMs, 4_000, 8);
    },
  },
  {
    // users are idle for about as long as they may be, and are saved and closed as requests come
    name: 'idle users of hosts',
    fleet: (chance) => hosts(2, { saveAfter: either(chance), idleAfterMs: 1_000, saveEveryMs: 2_000 }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      for (const pod of scene.pods)
        scene.at(100, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(5, 300), forMs: 12_000 });
      for (const uid of uidsOf(fleet)) {
        for (let at = 500; at < 12_000; at += 1_000 + chance.whole(-20, 200)) scene.ask(at, uid);
      }
    },
  },
  {
    // pods are cut off for longer than their leases, come back, and requests go on
    name: 'hosts that are fenced',
    fleet: (chance) => hosts(2, { saveAfter: either(chance), saveWhenFenced: chance.is(0.5) }),
    leases: 4,
    play(scene) {
      const { chance, leaseMs } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(50, 1_500), forMs: 2 * leaseMs });
      traffic(scene, 1_500, 1_000, 4);
      scene.at(2_000, { kind: 'cut', process: `pod-${pod}`, ms: chance.whole(leaseMs, 2 * leaseMs) });
      traffic(scene, 2_000, 2 * leaseMs, 12);
    },
  },
  {
    // states cannot be opened for a while, as users come and are handed over
    name: 'opens that fail',
    fleet: (chance) => hosts(2, { saveAfter: either(chance), openTimeoutMs: 1_000 }),
    leases: 3,
    play(scene) {
      const { chance } = scene;
      const pod = scene.pod(0);
      const mode = chance.of(['slow', 'hang', 'fail'] as const);
      scene.at(0, { kind: 'opens', pod, mode, ms: chance.whole(100, 2_000), forMs: 4_000 });
      traffic(scene, 100, 4_000, 6);
      scene.at(500 + chance.whole(0, 2_000), { kind: 'handOff', pod, count: 6 });
      scene.at(4_000, { kind: 'stop', pod, startAfterMs: 1_000 });
      traffic(scene, 5_000, 6_000, 4);
    },
  },
];
