import { uidsOf } from '../fleet-plan.ts';
import { equalLeases, type Theme } from './theme.ts';

/** How long after the lease a silence ends, in ms, so that all callers have seen the lease end. */
const PAST_LEASE_MS = 2_000;

/** Events just before and just after a pod is fenced. */
export const fenceThemes: readonly Theme[] = [
  {
    // a pod claims users, and the claims reach the store after the pod is fenced
    name: 'claims held past the fence',
    fleet: () => ({ timeoutMs: 1_500, marginMs: 200, users: 10, maxUsers: undefined }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      const pod = scene.pod(0);
      const fenceMs = (fleet.leasesMs[pod] ?? 0) - fleet.marginMs;
      const heldMs = fenceMs + chance.whole(0, fleet.timeoutMs / 2);
      for (const uid of uidsOf(fleet)) {
        const sentMs = heldMs - chance.whole(50, fleet.timeoutMs - 50);
        scene.at(sentMs, { kind: 'scopes', pod, uid, count: 2, workMs: 0 });
      }
      scene.at(0, { kind: 'hold', process: `pod-${pod}`, ms: heldMs });
    },
  },
  {
    // heartbeats reach the store at once, their replies are late, and then no heartbeat follows
    name: 'late replies before a silence',
    fleet: () => equalLeases(3, 8_000, 2_000, { timeoutMs: 1_500, callTimeoutMs: 6_000, marginMs: 200 }),
    leases: 3,
    play(scene) {
      const { chance, fleet, leaseMs } = scene;
      const process = `pod-${scene.pod(0)}`;
      const silentAtMs = 2_000 + 2 * fleet.periodMs;
      scene.askAll(0, 100);
      scene.at(2_000, { kind: 'slow', process, byMs: chance.whole(1_000, 1_500), ms: silentAtMs - 2_000 });
      scene.at(silentAtMs, { kind: 'hold', process, ms: leaseMs + PAST_LEASE_MS });
      scene.askAll(silentAtMs + leaseMs - 2 * fleet.periodMs, fleet.periodMs / 10);
    },
  },
  {
    // the replies to moves are lost for longer than a move is retried
    name: 'lost answers of moves',
    fleet: () => ({ users: 8, linkSeconds: 60, maxUsers: undefined }),
    leases: 2,
    play(scene) {
      const { chance, fleet } = scene;
      const pod = scene.pod(0);
      scene.askAll(0, 100);
      const ms = fleet.timeoutMs * chance.whole(2, 5);
      scene.at(2_000, { kind: 'lose', process: `pod-${pod}`, when: 'after', method: 'replaceLinkedPod', ms });
      scene.at(2_001, { kind: 'handOff', pod, count: 4, to: scene.pod(1) });
      scene.askAll(2_100 + fleet.timeoutMs, 50);
    },
  },
];
