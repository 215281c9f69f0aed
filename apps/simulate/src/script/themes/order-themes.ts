import type { PortMethod } from '@stateful-route/core/adapter';
import { uidsOf } from '../fleet-plan.ts';
import { equalLeases, type Theme } from './theme.ts';

const STEPS: readonly PortMethod[] = ['takeOrder', 'orderDone', 'orderDone'];

/** What pods are ordered to do, and what happens meanwhile. */
export const orderThemes: readonly Theme[] = [
  {
    // a pod sheds users, with saves that take a while, and the store's replies to its steps are lost
    name: 'orders whose replies are lost',
    fleet: () => equalLeases(3, 10_000, 2_000, { users: 10, userTimeoutMs: 3_000 }),
    leases: 2,
    play(scene) {
      const { chance } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(10, 2_500), forMs: 5_000 });
      const when = chance.is(0.7) ? 'after' : 'before';
      scene.at(1_900, { kind: 'lose', process: `pod-${pod}`, when, method: chance.of(STEPS) });
      scene.at(2_000, { kind: 'shed', pod, users: 1, forMs: 8_000, againAfterMs: chance.whole(0, 3_000) });
      // A change of the state is a heartbeat, whose reply has the order again.
      scene.at(2_000 + chance.whole(50, 500), { kind: 'state', pod, word: 'NOT_READY', backAfterMs: 400 });
    },
  },
  {
    // a pod dies while it obeys, and a process of its ordinal takes in the users who wait for it
    name: 'orders of a pod that restarts',
    fleet: () => equalLeases(3, 10_000, 2_000, { users: 10, deadOwner: 'wait', leftover: 'keep' }),
    leases: 3,
    play(scene) {
      const { chance, fleet } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(100, 1_500), forMs: 5_000 });
      scene.at(2_000, { kind: 'shed', pod, users: chance.whole(1, 3), forMs: 15_000 });
      for (const uid of uidsOf(fleet)) scene.at(2_000, { kind: 'move', pod, uid, forMs: 15_000 });
      scene.at(2_010 + chance.whole(0, 2_000), { kind: 'kill', pod, startAfterMs: chance.whole(50, 3_000) });
    },
  },
];
