import type { StatefulServiceState } from '@stateful-route/core';
import { scaleInPlan } from '@stateful-route/core/adapter';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW, pod, reading } from '../pod.ts';

function pods(users: readonly number[], fields: Partial<StatefulServiceState> = {}): StatefulServiceState[] {
  return users.map((count, podId) => pod({ podId, users: count, loadState: count, ...fields }));
}

describe('scaleInPlan', () => {
  it('says which pods go, where their users move, and how long that takes', () => {
    expect(scaleInPlan(reading(pods([30, 10, 40, 20])), 2, { ratePerSecond: 5 })).toEqual({
      leaving: [
        { podId: 2, users: 40 },
        { podId: 3, users: 20 },
      ],
      moves: [
        { podId: 2, to: 0, users: 20 },
        { podId: 2, to: 1, users: 20 },
        { podId: 3, to: 1, users: 20 },
      ],
      replicas: 2,
      users: 60,
      seconds: 12,
      refusal: undefined,
    });
  });

  it('counts pods that are cordoned among those that go, not among those that get users', () => {
    const states = pods([10, 10, 10, 10]).map((each) =>
      each.podId === 1 || each.podId === 3 ? { ...each, routingState: 'DENY_NEW_CALL' as const } : each,
    );
    const plan = scaleInPlan(reading(states), 1, { ratePerSecond: 1 });
    expect(plan.leaving).toEqual([{ podId: 3, users: 10 }]);
    expect(plan.moves.map(({ to }) => to)).toEqual([0, 2]);
  });

  it('says why the others cannot carry the users', () => {
    const refusal = (
      states: StatefulServiceState[],
      count: number,
      overloadedAt?: number,
    ): string | undefined => scaleInPlan(reading(states), count, { ratePerSecond: 1, overloadedAt }).refusal;
    expect(refusal(pods([5, 5]), 2)).toBe('No pod that takes new users would be left.');
    expect(refusal(pods([5, 5]), 9)).toBe('No pod that takes new users would be left.');
    expect(refusal([], 1)).toBe('No pod that takes new users would be left.');
    expect(refusal(pods([5, 5, 9], { maxUsers: 8 }), 1)).toBe(
      'The 2 pods left have places for 6 more users, and 9 would come.',
    );
    expect(refusal(pods([5, 5, 10]), 1, 10)).toBe(
      'Pod 0 would have a load of 10.0, and is overloaded at 10.',
    );
    expect(refusal(pods([5, 5, 9], { maxUsers: 10 }), 1, 11)).toBeUndefined();
  });

  it('ignores pods that are dead', () => {
    const states = [...pods([5, 5]), pod({ podId: 7, users: 9, updateTime: NOW - 10_001 })];
    expect(scaleInPlan(reading(states), 1, { ratePerSecond: 1 })).toMatchObject({ replicas: 1, users: 5 });
  });

  it('moves every user once, to pods that have places, and levels those that get any', () => {
    const fleet = fc.array(
      fc.record({
        users: fc.nat(200),
        perUser: fc.integer({ min: 1, max: 4 }),
        maxUsers: fc.option(fc.nat(400), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(fleet, fc.nat(12), (fields, count) => {
        const states = fields.map(({ users, perUser, maxUsers }, podId) =>
          pod({ podId, users, loadState: users / perUser, loadPerUser: 1 / perUser, maxUsers }),
        );
        const plan = scaleInPlan(reading(states), count, { ratePerSecond: 1 });
        const got = states.map(({ podId }) =>
          plan.moves.filter(({ to }) => to === podId).reduce((sum, { users }) => sum + users, 0),
        );
        expect(plan.users).toBe(plan.leaving.reduce((sum, { users }) => sum + users, 0));
        const moved = got.reduce((sum, users) => sum + users, 0);
        if (plan.refusal === undefined) expect(moved).toBe(plan.users);
        else if (plan.replicas > 0) expect(moved).toBeLessThan(plan.users);
        for (const { podId, users } of plan.leaving) {
          const gone = plan.moves
            .filter((move) => move.podId === podId)
            .reduce((sum, move) => sum + move.users, 0);
          expect(gone).toBeLessThanOrEqual(users);
        }
        const after = states
          .slice(0, plan.replicas)
          .map(({ podId, users = 0, maxUsers = Infinity, loadPerUser = 1 }) => {
            if (got[podId]! > 0) expect(users + got[podId]!).toBeLessThanOrEqual(maxUsers);
            const isFull = users + got[podId]! >= maxUsers;
            return { got: got[podId]!, isFull, load: (users + got[podId]!) * loadPerUser, loadPerUser };
          });
        const filled = after.filter((each) => each.got > 0);
        for (const high of filled) {
          for (const low of after.filter(({ isFull }) => !isFull)) {
            expect(high.load - high.loadPerUser).toBeLessThanOrEqual(low.load + 2 + 1e-6);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
