import { equalLeases, type Theme } from './theme.ts';

/** The timeout of a request, in ms: shorter than the take-over that it waits for. */
const BRIEF_MS = 500;

/** When users of dead pods are taken over. */
export const deathThemes: readonly Theme[] = [
  {
    // three of four pods die, and one ordinal comes back shortly before three leases are over
    name: 'three of four die',
    fleet: () => equalLeases(4, 10_000, 3_000),
    leases: 8,
    play(scene) {
      const { chance, leaseMs } = scene;
      scene.askAll(0, 100);
      for (const pod of [1, 2].map((index) => scene.pod(index)))
        scene.at(3_000, { kind: 'kill', pod, startAfterMs: 5 * leaseMs });
      const late = chance.whole(24, 29) / 10;
      scene.at(3_000, { kind: 'kill', pod: scene.pod(3), startAfterMs: late * leaseMs });
      for (const leases of [3.1, 3.3, 3.5]) scene.askAll(3_000 + leases * leaseMs, 20, BRIEF_MS);
    },
  },
  {
    // a pod is dead, and all others fall silent and come back together, again and again
    name: 'all others stall',
    fleet: () => equalLeases(3, 8_000, 2_000),
    leases: 9,
    play(scene) {
      const { leaseMs } = scene;
      const stallMs = 1.15 * leaseMs;
      const returnsAtMs = 3_000 + stallMs;
      const stall = (ms: number): void => {
        for (const index of [1, 2])
          scene.at(ms, { kind: 'cut', process: `pod-${scene.pod(index)}`, ms: stallMs });
      };
      scene.askAll(0, 100);
      scene.at(2_900, { kind: 'kill', pod: scene.pod(0), startAfterMs: 5 * leaseMs });
      stall(3_000);
      scene.askAll(returnsAtMs + 0.3 * leaseMs, 20, BRIEF_MS);
      stall(returnsAtMs + 0.5 * leaseMs);
      scene.askAll(returnsAtMs + 1.8 * leaseMs, 20, BRIEF_MS);
    },
  },
  {
    // an owner returns just after a caller has read that its lease is over, and the caller's next call is slow
    name: 'back after the reading',
    fleet: () => equalLeases(3, 6_000, 2_000, { gateways: [true], timeoutMs: 1_500 }),
    leases: 4,
    play(scene) {
      const { chance, leaseMs } = scene;
      const backMs = 3_000 + leaseMs + chance.whole(200, 1_500);
      scene.askAll(0, 100);
      scene.at(3_000, { kind: 'cut', process: `pod-${scene.pod(0)}`, ms: backMs - 3_000 });
      scene.at(backMs - 20, { kind: 'slow', process: 'gateway-0', byMs: 1_500, ms: chance.whole(50, 400) });
      for (const afterMs of [300, 700, 1_100]) scene.askAll(backMs + afterMs, 20);
    },
  },
  {
    // the heartbeats of an owner that is not ready stop for less than a lease
    name: 'not ready and unheard',
    fleet: () => ({ users: 8, deadOwner: 'relink', maxUsers: undefined }),
    leases: 2,
    play(scene) {
      const { chance, fleet, leaseMs } = scene;
      const pod = scene.pod(0);
      const ownMs = fleet.leasesMs[pod] ?? leaseMs;
      const silentMs = 0.75 * ownMs;
      scene.askAll(0, 100);
      scene.at(2_000, { kind: 'state', pod, word: 'NOT_READY', backAfterMs: 200 + silentMs });
      scene.at(2_200, { kind: 'hold', process: `pod-${pod}`, ms: silentMs });
      scene.askAll(2_200 + silentMs - chance.whole(0, ownMs / 10), 10);
    },
  },
];
