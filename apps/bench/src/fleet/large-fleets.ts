import type { StatefulServiceState } from '@stateful-route/core';
import { type BalanceState, DEFAULT_BALANCE_OPTIONS, planBalance } from '@stateful-route/core/adapter';
import { LEASE_MS, PERIOD_MS } from './fleet-pod.ts';

/** Store time at the start: the directory is old. */
const EPOCH_MS = 1_700_000_000_000;
const { everyMs } = DEFAULT_BALANCE_OPTIONS;

interface Reported {
  readonly users: number;
  readonly load: number;
  /** When its run started, in ms from the start. Default: long ago. */
  readonly startedMs?: number;
}

/** Plans with what pods report at a time, in ms from the start. */
function planAt(
  state: BalanceState | undefined,
  atMs: number,
  reports: readonly Reported[],
): ReturnType<typeof planBalance> {
  const storeTime = EPOCH_MS + atMs;
  const pods = new Map(
    reports.map(({ users, load, startedMs = -EPOCH_MS }, podId): [number, StatefulServiceState] => [
      podId,
      {
        podId,
        state: 'READY',
        routingState: 'READY',
        incarnation: `${EPOCH_MS + startedMs}.run${podId}.0`,
        loadState: load,
        users,
        metadata: {},
        updateTime: storeTime,
        updatePeriodMs: PERIOD_MS,
        leaseMs: LEASE_MS,
      },
    ]),
  );
  const read = { storeTime, epoch: 1, since: 0, pods };
  return planBalance(state, { read, isFrozen: false, isUpdating: false });
}

/** The users that are told to move while pods are within ±5 % and each heartbeat is off by up to another ±5 %, at random. */
export function movesWhileSteady(pods: number, hours: number, random: () => number): number {
  const within = (): number => 0.95 + 0.1 * random();
  const users = Array.from({ length: pods }, () => Math.round(1_000 * within()));
  let state: BalanceState | undefined;
  let moves = 0;
  for (let atMs = 0; atMs < hours * 3_600_000; atMs += everyMs) {
    const plan = planAt(
      state,
      atMs,
      users.map((count) => ({ users: count, load: count * within() })),
    );
    state = plan.state;
    for (const order of plan.orders) moves += order.users;
  }
  return moves;
}

/** How long a plan takes, in ms, for a fleet whose loads differ and to which a tenth of its pods just came. */
export function planMs(pods: number, random: () => number): number {
  const reports = Array.from({ length: pods }, (_, podId) => {
    if (podId >= 0.9 * pods) return { users: 0, load: 0, startedMs: 0 };
    const users = Math.round(1_000 * (0.7 + 0.6 * random()));
    return { users, load: users * (0.5 + random()) };
  });
  let state: BalanceState | undefined;
  for (const plan of [0, 1]) state = planAt(state, plan * everyMs, reports).state;
  const start = performance.now();
  const { orders } = planAt(state, 2 * everyMs, reports);
  const ms = performance.now() - start;
  if (orders.length === 0) throw new Error('The plan that was timed gave no orders.');
  return ms;
}
