import { DEFAULT_BALANCE_OPTIONS } from '@stateful-route/core/adapter';
import { seededRandom } from '@stateful-route/core/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alike, SimulatedFleet } from './simulated-fleet.ts';

const { everyMs, cooldownMs } = DEFAULT_BALANCE_OPTIONS;
const HOUR = 3_600_000 / everyMs;
const counts = fc.array(fc.nat(60), { minLength: 1, maxLength: 8 });

describe('planBalance, for all fleets', () => {
  it('ends: after a while nobody is moved any more, and who can be even is', () => {
    fc.assert(
      fc.property(counts, (before) => {
        const fleet = new SimulatedFleet(alike(...before));
        for (let plan = 0; plan < 6 * HOUR; plan++) fleet.step();
        const moved = fleet.moves.length;
        for (let plan = 0; plan < HOUR; plan++) fleet.step();
        expect(fleet.moves.length).toBe(moved);
        const users = before.reduce((sum, count) => sum + count, 0);
        const aUser = users > 0 ? before.length / users : 0;
        for (const share of fleet.overMean())
          expect(Math.abs(share - 1)).toBeLessThanOrEqual(Math.max(0.1, aUser) + 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('ends whatever users weigh', () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 20, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 1, maxLength: 6 }), (pods) => {
        const fleet = new SimulatedFleet(pods);
        for (let plan = 0; plan < 6 * HOUR; plan++) fleet.step();
        const moved = fleet.moves.length;
        for (let plan = 0; plan < HOUR; plan++) fleet.step();
        expect(fleet.moves.length).toBe(moved);
      }),
      { numRuns: 30 },
    );
  });

  it('moves nobody back: no load sequence makes a pod give what it got, or get what it gave, within the cooldown', () => {
    const weights = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(weights, { minLength: 2, maxLength: 6 }), fc.nat(), (pods, seed) => {
        const random = seededRandom(seed);
        const fleet = new SimulatedFleet(pods);
        for (let plan = 0; plan < HOUR; plan++) {
          // The load of a whole pod turns over at random, as if to provoke a swing.
          if (random() < 0.1) {
            for (const users of fleet.pods.values()) {
              const factor = random() < 0.5 ? 0.1 : 10;
              for (const user of users) user.weight = Math.min(100, Math.max(0.01, user.weight * factor));
            }
          }
          fleet.step();
        }
        for (const { podId, to, at } of fleet.orders) {
          const later = fleet.orders.filter((order) => order.at > at && order.at - at < cooldownMs);
          expect(later.some((order) => order.podId === to || order.to === podId)).toBe(false);
        }
        const lastMoved = new Map<string, number>();
        for (const { uid, at } of fleet.moves) {
          expect(at - (lastMoved.get(uid) ?? 0)).toBeGreaterThanOrEqual(cooldownMs);
          lastMoved.set(uid, at);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('never moves more than the budget in any minute', () => {
    const joiners = fc.array(fc.record({ plan: fc.nat(100), count: fc.integer({ min: 1, max: 3 }) }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(counts, joiners, (before, joins) => {
        const fleet = new SimulatedFleet(alike(...before));
        for (let plan = 0; plan < 200; plan++) {
          for (const { count } of joins.filter((join) => join.plan === plan)) {
            for (let joiner = 0; joiner < count; joiner++) fleet.join(fleet.pods.size);
          }
          fleet.step();
        }
        const users = before.reduce((sum, count) => sum + count, 0);
        for (const [label, share] of [
          ['addition', 0.05],
          ['balance', 0.01],
        ] as const) {
          const labelled = fleet.orders.filter((order) => order.label === label);
          for (const { at } of labelled) {
            const inMinute = labelled.filter((order) => order.at >= at && order.at - at < 60_000);
            const moved = inMinute.reduce((sum, order) => sum + order.users, 0);
            expect(moved).toBeLessThanOrEqual(Math.max(1, Math.floor(share * users)));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('moves nobody while pods are within ±5 % and their loads within ±5 % of that, at random', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (pods, seed) => {
        const random = seededRandom(seed);
        const fleet = new SimulatedFleet(
          alike(...Array.from({ length: pods }, () => 95 + Math.floor(random() * 11))),
        );
        for (let plan = 0; plan < HOUR; plan++) fleet.step({ noise: () => 0.95 + 0.1 * random() });
        expect(fleet.orders).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('brings random fleets that grew to even', () => {
    const random = seededRandom(20);
    const imbalances: number[] = [];
    for (let fleets = 0; fleets < 100; fleets++) {
      const before = 2 + Math.floor(random() * 6);
      const fleet = new SimulatedFleet(
        Array.from({ length: before }, () =>
          Array.from({ length: 30 + Math.floor(random() * 30) }, () => 0.2 + 1.6 * random()),
        ),
      );
      fleet.step();
      const joiners = 1 + Math.floor(random() * before);
      for (let joiner = 0; joiner < joiners; joiner++) fleet.join(before + joiner);
      for (let plan = 0; plan < HOUR; plan++) fleet.step();
      imbalances.push(Math.max(...fleet.overMean()));
    }
    imbalances.sort((a, b) => a - b);
    expect(imbalances[94]).toBeLessThanOrEqual(1.1);
    expect(imbalances[98]).toBeLessThanOrEqual(1.15);
  });
});
