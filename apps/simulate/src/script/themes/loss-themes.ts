import { uidsOf } from '../fleet-plan.ts';
import { equalLeases, type Theme } from './theme.ts';

/** Events in a directory that has lost data. */
export const lossThemes: readonly Theme[] = [
  {
    // the states are lost while a pod with a long lease is cut off; the callers' own lease is short
    name: 'short lease of the reader',
    fleet: () => equalLeases(3, 16_000, 1_200, { gatewayLeaseMs: 4_000, callTimeoutMs: 3_000 }),
    leases: 3,
    play(scene) {
      const { chance } = scene;
      scene.askAll(0, 100);
      scene.at(2_000, { kind: 'cut', process: `pod-${scene.pod(0)}`, ms: chance.whole(9_000, 20_000) });
      scene.at(2_200, { kind: 'wipe', what: 'states' });
      for (const ms of [7_000, 9_000]) scene.askAll(ms, 50);
    },
  },
  {
    // the store restarts empty, and all users send requests as soon as it is back
    name: 'restart that loses everything',
    fleet: (chance) => ({
      gateways: chance.is(0.5) ? [true, false] : [true],
      users: 10,
      maxUsers: undefined,
    }),
    leases: 4,
    play(scene) {
      const { chance, fleet } = scene;
      const awayMs = chance.whole(100, Math.max(200, Math.min(...fleet.leasesMs) - 2 * fleet.periodMs));
      scene.askAll(0, 100);
      scene.at(3_000, { kind: 'outage', ms: awayMs, lose: 'everything' });
      for (const uid of uidsOf(fleet)) {
        scene.ask(3_000 + awayMs + chance.short(1, 300), uid);
        scene.ask(3_000 + awayMs + chance.short(1, 2 * fleet.periodMs), uid);
      }
    },
  },
];
