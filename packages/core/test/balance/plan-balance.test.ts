import {
  type BalanceHold,
  type BalanceSigns,
  type BalanceState,
  DEFAULT_BALANCE_OPTIONS,
  planBalance,
  previewBalance,
} from '@stateful-route/core/adapter';
import type { StatefulServiceState } from '@stateful-route/core';
import { describe, expect, it } from 'vitest';
import { NOW, pod, reading } from '../pod.ts';
import { alike, type FleetStep, SimulatedFleet } from './simulated-fleet.ts';

const { everyMs, cooldownMs } = DEFAULT_BALANCE_OPTIONS;
const MINUTE = 60_000 / everyMs;

function run(fleet: SimulatedFleet, plans: number, step: FleetStep = {}): SimulatedFleet {
  for (let plan = 0; plan < plans; plan++) fleet.step(step);
  return fleet;
}

function grown(before: readonly number[], joiners: number): SimulatedFleet {
  const fleet = run(new SimulatedFleet(alike(...before)), 5);
  for (let joiner = 0; joiner < joiners; joiner++) fleet.join(before.length + joiner);
  return fleet;
}

describe('planBalance', () => {
  it('fills pods that came with hardly more moves than it takes, in the time that the budget needs', () => {
    const fleet = run(grown([200, 200], 2), 3 + 10 * MINUTE);
    expect(Math.max(...fleet.overMean())).toBeLessThanOrEqual(1.1);
    expect(Math.min(...fleet.overMean())).toBeGreaterThanOrEqual(0.9);
    expect(fleet.moves.length).toBeLessThanOrEqual(180 * 1.15);
    expect(new Set(fleet.moves.map(({ uid }) => uid)).size).toBe(fleet.moves.length);
    expect(fleet.orders.every(({ label }) => label === 'addition')).toBe(true);
  });

  it('knows pods that came before it began by when their runs started', () => {
    const fleet = new SimulatedFleet(alike(200, 0));
    fleet.startedAt.set(1, NOW - 60_000);
    expect(run(fleet, 4).orders[0]).toMatchObject({ podId: 0, to: 1, users: 3, label: 'addition' });
  });

  it('moves a hundredth of the users in a minute if loads drifted apart, and one at least', () => {
    const large = run(new SimulatedFleet(alike(300, 500)), 2 + MINUTE);
    expect(large.moves).toHaveLength(8);
    const small = run(new SimulatedFleet(alike(3, 5, 9)), 2 + MINUTE);
    expect(small.moves).toHaveLength(1);
    expect(small.orders[0]).toMatchObject({ podId: 2, to: 0, label: 'balance' });
  });

  it('waits until a pod is beyond the band in three plans running', () => {
    const fleet = new SimulatedFleet(alike(112, 100, 88));
    expect(fleet.step()).toMatchObject({
      orders: [],
      pods: [{ is: 'beyond' }, { is: 'even' }, { is: 'beyond' }],
    });
    expect(fleet.step().orders).toEqual([]);
    expect(fleet.step()).toMatchObject({ pods: [{ is: 'corrected' }, { is: 'even' }, { is: 'corrected' }] });
    expect(fleet.orders.length).toBeGreaterThan(0);
  });

  it('corrects pods until they are within ±5 %, and leaves those within ±10 % alone', () => {
    const fleet = run(new SimulatedFleet(alike(120, 108, 100, 92, 80)), 60 * MINUTE);
    expect(fleet.overMean().map((share) => Math.round(share * 100))).toEqual([105, 108, 100, 92, 95]);
    expect(fleet.step().pods.every(({ is }) => is === 'even')).toBe(true);
  });

  it('tells how much load to shed where loads are no numbers of users', () => {
    const heavy = Array.from({ length: 100 }, () => 3);
    const fleet = new SimulatedFleet([heavy, heavy.slice(60)]);
    run(fleet, 3);
    const [order] = fleet.orders;
    expect(order).toMatchObject({ podId: 0, to: 1, users: 1, load: expect.closeTo(90) });
    expect(run(new SimulatedFleet(alike(100, 40)), 3).orders[0]).not.toHaveProperty('load');
  });

  it('counts a pod of half the load a user as one of twice the capacity', () => {
    const users = [100, 100];
    const states = (): StatefulServiceState[] => [
      pod({ podId: 0, loadState: users[0]!, users: users[0] }),
      pod({ podId: 1, loadState: users[1]! / 2, users: users[1], loadPerUser: 0.5 }),
    ];
    let state;
    for (let at = NOW; at < NOW + 60 * 60_000; at += everyMs) {
      const pods = states().map((each) => ({ ...each, updateTime: at }));
      const plan = planBalance(state, {
        read: { ...reading(pods), storeTime: at },
        isFrozen: false,
        isUpdating: false,
      });
      state = plan.state;
      for (const order of plan.orders) {
        users[order.podId]! -= order.users;
        users[order.to]! += order.users;
      }
    }
    // The fair shares are 66.7 and 133.3.
    expect(users).toEqual([70, 130]);
  });

  it('gives a pod no more than it has places for, nor than it can open', () => {
    const states = [
      pod({ podId: 0, users: 100_000, loadState: 100_000 }),
      pod({ podId: 1, users: 0, incarnation: `${NOW}.b.0` }),
      pod({ podId: 2, users: 0, incarnation: `${NOW}.c.0`, maxUsers: 7 }),
    ];
    let state;
    let got = new Map<number, number>();
    for (let plan = 0; plan < 3; plan++) {
      const at = NOW + plan * everyMs;
      const pods = states.map((each) => ({ ...each, updateTime: at }));
      const planned = planBalance(state, {
        read: { ...reading(pods), storeTime: at },
        isFrozen: false,
        isUpdating: false,
      });
      state = planned.state;
      got = new Map(planned.orders.map(({ to, users }) => [to, users]));
    }
    expect(got).toEqual(
      new Map([
        [1, 300],
        [2, 7],
      ]),
    );
  });

  it('counts users that were moved and have not come yet, until they cannot come any more', () => {
    const options = { ...DEFAULT_BALANCE_OPTIONS, additions: 1, receiveRate: 1_000 };
    let [state, gives] = [undefined as BalanceState | undefined, 1_000];
    const told: number[] = [];
    for (let at = NOW; at < NOW + 20 * everyMs; at += everyMs) {
      const pods = [
        pod({ podId: 0, users: gives, loadState: gives, updateTime: at }),
        pod({ podId: 1, users: 0, incarnation: `${NOW}.b.0`, updateTime: at }),
      ];
      const read = { ...reading(pods), storeTime: at };
      const plan = planBalance(state, { read, isFrozen: false, isUpdating: false }, options);
      state = plan.state;
      const users = plan.orders.reduce((sum, order) => sum + order.users, 0);
      gives -= users;
      told.push(users);
    }
    expect(told.slice(0, 9)).toEqual([0, 0, 250, 188, 37, 0, 0, 0, 0]);
    // The last order ends two plans later, and its links a minute after that.
    expect(told.slice(9).some((users) => users > 0)).toBe(true);
  });

  it('expects no longer those who did not go, once an order is over', () => {
    const fleet = run(new SimulatedFleet(alike(200, 100)), 3, { obeys: false });
    const [order] = fleet.orders;
    const expected = fleet.step({ obeys: false });
    expect(order!.until).toBeLessThan(fleet.now);
    expect(expected.pods.map(({ overFair }) => overFair)).toEqual([200 / 150, 100 / 150]);
  });

  it('plans without pods, without users and with one pod', () => {
    for (const fleet of [
      new SimulatedFleet([]),
      new SimulatedFleet(alike(0, 0)),
      new SimulatedFleet(alike(9)),
    ]) {
      expect(run(fleet, 5).orders).toEqual([]);
    }
  });

  it('leaves pods out that take no new users, that are excluded, and that are known by a word only', () => {
    const states = [
      pod({ podId: 0, users: 100, loadState: 100 }),
      pod({ podId: 1, users: 100, loadState: 100 }),
      pod({ podId: 2, users: 0, routingState: 'DENY_NEW_CALL' }),
      pod({ podId: 3, users: 0 }),
      pod({ podId: 4, users: 0, updateTime: undefined }),
      pod({ podId: 5, users: 0, state: 'NOT_READY' }),
    ];
    const signs = { read: reading(states), isFrozen: false, isUpdating: false };
    const plan = previewBalance(signs, { ...DEFAULT_BALANCE_OPTIONS, excludePods: [3] });
    expect(plan.pods.map(({ podId }) => podId)).toEqual([0, 1]);
    expect(plan.moves).toEqual([]);
  });

  it('stops for a while after three rounds that nobody obeyed', () => {
    const fleet = new SimulatedFleet(alike(200, 100));
    let stopped = 0;
    const holds = Array.from({ length: 65 }, () => fleet.step({ obeys: false }).hold);
    for (const hold of holds) if (hold === 'without gain') stopped++;
    expect(stopped).toBe(cooldownMs / everyMs);
    const first = holds.indexOf('without gain');
    expect(first).toBeLessThan(3 * 2 * MINUTE + 5);
    fleet.join(2);
    expect(fleet.step({ obeys: false }).hold).toBeUndefined();
  });

  it('goes on as soon as pods come, although it had stopped', () => {
    const fleet = new SimulatedFleet(alike(200, 100));
    while (fleet.step({ obeys: false }).hold !== 'without gain')
      expect(fleet.now).toBeLessThan(NOW + 3_600_000);
    fleet.join(2);
    expect(fleet.step().hold).toBeUndefined();
  });
});

describe('balanceHold', () => {
  const uneven = [pod({ podId: 0, users: 50, loadState: 50 }), pod({ podId: 1, users: 10, loadState: 10 })];
  const calm: BalanceSigns = { read: reading(uneven), isFrozen: false, isUpdating: false };
  const holdOf = (fields: Partial<BalanceSigns>): BalanceHold | undefined =>
    previewBalance({ ...calm, ...fields }).hold;

  it('is none for a calm fleet', () => {
    expect(holdOf({})).toBeUndefined();
    expect(previewBalance(calm)).toMatchObject({ moves: [{ podId: 0, to: 1, users: 18 }], minutes: 18 });
  });

  it('says what is in the way', () => {
    expect(holdOf({ isFrozen: true })).toBe('frozen');
    expect(holdOf({ isUpdating: true })).toBe('update');
    expect(holdOf({ read: reading(uneven, NOW - 5_000) })).toBe('young directory');
    expect(holdOf({ read: reading(uneven, 0, { restored: NOW - 500 }) })).toBe('restored directory');
    const silent = uneven.map((each) => ({ ...each, updateTime: NOW - 11_000 }));
    expect(holdOf({ read: reading(silent) })).toBe('guard');
  });

  it('stands for a lease after a pod died', () => {
    const three = [...uneven, pod({ podId: 2 })];
    const dead = (fields: Partial<StatefulServiceState>): BalanceHold | undefined =>
      holdOf({ read: reading([...uneven, pod({ podId: 2, ...fields })]) });
    expect(holdOf({ read: reading(three) })).toBeUndefined();
    expect(dead({ updateTime: NOW - 10_001 })).toBe('deaths');
    expect(dead({ updateTime: NOW - 20_001 })).toBeUndefined();
    expect(dead({ state: 'FAILED', updateTime: NOW - 9_000 })).toBe('deaths');
    expect(dead({ state: 'FAILED', updateTime: NOW - 11_000 })).toBeUndefined();
    expect(dead({ state: 'TERMINATING', updateTime: NOW - 1_000 })).toBeUndefined();
  });

  it('stands for a lease after a pod started again without having said that it ends', () => {
    const at = (
      ms: number,
      incarnation: string,
      state: StatefulServiceState['state'] = 'READY',
    ): BalanceSigns => ({
      ...calm,
      read: {
        ...reading(
          uneven.map((each) => ({ ...each, state, updateTime: NOW + ms, incarnation: `1.${incarnation}.0` })),
        ),
        storeTime: NOW + ms,
      },
    });
    const killed = planBalance(planBalance(undefined, at(0, 'a')).state, at(1_000, 'b'));
    expect(killed.hold).toBe('deaths');
    expect(planBalance(killed.state, at(11_000, 'b')).hold).toBe('deaths');
    expect(planBalance(killed.state, at(11_001, 'b')).hold).toBeUndefined();
    const stopped = planBalance(planBalance(undefined, at(0, 'a', 'TERMINATING')).state, at(1_000, 'b'));
    expect(stopped.hold).toBeUndefined();
  });

  it('stands while a pod hands its users over, and a minute after it stalled', () => {
    let state;
    const holds: (BalanceHold | undefined)[] = [];
    for (const [minute, users] of [90, 60, 60, 60, 0].entries()) {
      const at = NOW + minute * 31_000;
      const draining = pod({ podId: 2, users, routingState: 'DENY_NEW_CALL' });
      const pods = [...uneven, draining].map((each) => ({ ...each, updateTime: at }));
      const plan = planBalance(state, { ...calm, read: { ...reading(pods), storeTime: at } });
      state = plan.state;
      holds.push(plan.hold);
    }
    expect(holds).toEqual(['drain', 'drain', 'drain', undefined, undefined]);
  });
});
