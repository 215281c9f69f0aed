import { uidsOf } from '../fleet-plan.ts';
import { equalLeases, type Theme } from './theme.ts';

/** What operators and applications do to pods, and when. */
export const operatorThemes: readonly Theme[] = [
  {
    // a pod is drained and cut off, and the operator says resume before it is back
    name: 'resumed while fenced',
    fleet: () => ({ users: 6 }),
    leases: 4,
    play(scene) {
      const { chance, leaseMs } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 100);
      scene.at(1_500, { kind: 'intent', pod, word: 'drain' });
      scene.at(4_500, { kind: 'cut', process: `pod-${pod}`, ms: leaseMs + 2_000 });
      scene.at(4_500 + chance.whole(0, leaseMs), { kind: 'intent', pod, word: 'resume' });
    },
  },
  {
    // users wait for their pod's ordinal, which restarts and stops before all of them have sent a request
    name: 'stopped after a restart',
    fleet: () => ({ users: 8, deadOwner: 'wait', leftover: 'keep', maxUsers: undefined }),
    leases: 3,
    play(scene) {
      const { chance, leaseMs } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 100);
      scene.at(2_000, { kind: 'kill', pod, startAfterMs: chance.whole(100, leaseMs) });
      scene.at(6_000 + leaseMs, { kind: 'stop', pod, startAfterMs: leaseMs / 2 });
    },
  },
  {
    // users who send requests all the time are handed off, and each save takes a while
    name: 'hand-over under traffic',
    fleet: () => ({ users: 6, callTimeoutMs: 6_000, userTimeoutMs: 3_000, maxUsers: undefined }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(200, 1_000), forMs: 5_000 });
      scene.at(2_000, { kind: 'handOff', pod, count: 4 });
      for (const uid of uidsOf(fleet)) scene.ask(2_000 + chance.whole(1, 300), uid);
    },
  },
  {
    // a pod refuses users that it holds, and is cut off just after
    name: 'refused while held',
    fleet: () => ({ users: 8, maxUsers: undefined }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 100);
      for (const uid of uidsOf(fleet)) {
        scene.at(2_000, { kind: chance.is(0.5) ? 'refuse' : 'claimAndRefuse', pod, uid });
      }
      scene.at(2_000 + chance.whole(1, 6), { kind: 'cut', process: `pod-${pod}`, ms: 3_000 });
      scene.askAll(2_150, 20);
    },
  },
  {
    // users return to a pod while its late saves of an earlier hand-off still run, and are handed off again
    name: 'saves that outlast a hand-off',
    fleet: () => equalLeases(2, 10_000, 2_000, { users: 6, userTimeoutMs: 500 }),
    leases: 2,
    play(scene) {
      const { chance } = scene;
      const [pod, other] = [scene.pod(0), scene.pod(1)];
      scene.askAll(0, 50);
      scene.at(1_000, { kind: 'saves', pod, mode: 'slow', ms: chance.whole(6_000, 9_000), forMs: 1_000 });
      scene.at(1_500, { kind: 'handOff', pod, count: 6, to: other });
      scene.askAll(2_600, 20);
      scene.at(3_500, { kind: 'handOff', pod: other, count: 6, to: pod });
      scene.askAll(4_200, 20);
      scene.at(5_500, { kind: 'handOff', pod, count: 6, to: other });
    },
  },
  {
    // a pod removes the links of users, while the pod that holds some of them is cut off and is not notified
    name: 'removed while the owner is cut off',
    fleet: () => equalLeases(3, 10_000, 2_000, { users: 8 }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      scene.askAll(0, 100);
      scene.at(2_000, { kind: 'cut', process: `pod-${scene.pod(0)}`, ms: chance.whole(1_000, 4_000) });
      uidsOf(fleet).forEach((uid, index) => {
        scene.at(2_200 + 50 * index, { kind: 'remove', pod: scene.pod(1), uid });
      });
    },
  },
];
