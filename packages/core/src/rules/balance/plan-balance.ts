import { DEFAULT_UPDATE_PERIOD_MS } from '../../domain/constants.ts';
import {
  AIM,
  BALANCE_LABELS,
  BAND,
  type BalanceLabel,
  type BalanceOptions,
  budgetPerMinute,
  DEFAULT_BALANCE_OPTIONS,
  MINUTE_MS,
  PLANS_BEYOND,
  ROUNDING,
} from './balance-options.ts';
import { balanceHold, type BalanceHold, type BalanceSigns } from './balance-hold.ts';
import { deviationOf, type FleetShares, fleetShares, type PodShare, sum } from './fleet-shares.ts';
import { type MovesUnderWay, unseenUsers, withMoves } from './moves-under-way.ts';
import { type FleetMemory, type PodMemory, remember } from './pod-memory.ts';
import { type RoundMemory, stepRound } from './round-gain.ts';
import { type FlowLimits, setsLoad, type UserFlow, userFlows } from './user-flows.ts';

/** Some users that were told to move. */
export interface BalanceGrant {
  readonly at: number;
  readonly users: number;
  readonly label: BalanceLabel;
}

/** What the planner remembers between two plans. Whoever leads next may begin without it. */
export interface BalanceState extends FleetMemory {
  /** The grants of the last minute. */
  readonly grants: readonly BalanceGrant[];
  readonly round: RoundMemory;
}

/** An order to shed, without the id and the name of who gives it. */
export interface PlannedShed {
  /** The pod that the order is for. */
  readonly podId: number;
  readonly users: number;
  /** How much load, in the unit of the pod's `loadState`. Absent where loads are numbers of users. */
  readonly load?: number | undefined;
  readonly to: number;
  /** The store's time in ms after which the pod must not begin. */
  readonly until: number;
  readonly label: BalanceLabel;
}

/** The state of one pod's balance. */
export interface PodBalance {
  readonly podId: number;
  readonly users: number;
  /** Its load over its fair share: 1 is even. Moves under way are counted as done. */
  readonly overFair: number;
  /** `even`: within ±10 %. `beyond`: not, in fewer than three plans running. `corrected`: until it is within ±5 %. */
  readonly is: 'even' | 'beyond' | 'corrected';
}

/** One plan. */
export interface BalancePlan {
  readonly state: BalanceState;
  readonly orders: readonly PlannedShed[];
  /** Why there is no order, whatever the loads. */
  readonly hold?: BalanceHold | undefined;
  /** The pods that take part, by ordinal. */
  readonly pods: readonly PodBalance[];
}

/**
 * Plans the next moves that keep a service even: who gives how many users to whom. The pods choose whom, see `usersToShed`.
 *
 * Pure: time is the store's, of the reading. Call it every `everyMs` with the state that it returned last, on one pod of the
 * service; a second planner costs moves, and harms nothing.
 *
 * @param state - `undefined` for the first plan.
 */
export function planBalance(
  state: BalanceState | undefined,
  signs: BalanceSigns,
  options: BalanceOptions = DEFAULT_BALANCE_OPTIONS,
): BalancePlan {
  const { storeTime } = signs.read;
  const remembered = remember(state, signs.read);
  const shares = judged(fleetShares(signs.read, remembered, options.excludePods), PLANS_BEYOND);
  const grants = (state?.grants ?? []).filter(({ at }) => storeTime - at < MINUTE_MS);
  const step = stepRound(state?.round, shares, storeTime, options);
  const hold = balanceHold(signs, remembered) ?? (step.isStopped ? 'without gain' : undefined);
  const flows = hold ? [] : userFlows(shares, limitsOf(shares, grants, storeTime, options));
  const endOf = (flow: UserFlow): number => untilOf(flow, storeTime, options.everyMs);
  const after = memoryAfter(remembered, shares, flows, { endOf, linkMs: options.linkMs, storeTime });
  return {
    state: {
      pods: after,
      diedAt: remembered.diedAt,
      grants: [...grants, ...flows.map(({ users, label }) => ({ at: storeTime, users, label }))],
      round: step.after(flows),
    },
    orders: flows.map((flow) => ({ ...shedOf(flow), until: endOf(flow) })),
    hold,
    pods: shares.pods.map(balanceOf),
  };
}

/** What a plan without memory would do to a fleet as it is now, were nothing in the way. */
export interface BalancePreview {
  /** All moves that it takes. */
  readonly moves: readonly Omit<PlannedShed, 'until'>[];
  /** Why they would not be made now, whatever the loads. What only a planner with memory knows is not among it. */
  readonly hold?: BalanceHold | undefined;
  /** How long the moves take at least, by the budgets. */
  readonly minutes: number;
  readonly pods: readonly PodBalance[];
}

/** All moves that would bring a fleet as it is now near to even, for an operator to look at. Pure, as {@link planBalance}. */
export function previewBalance(
  signs: BalanceSigns,
  options: BalanceOptions = DEFAULT_BALANCE_OPTIONS,
): BalancePreview {
  const memory = remember(undefined, signs.read);
  const shares = judged(fleetShares(signs.read, memory, options.excludePods), 1);
  const flows = userFlows(shares, {
    canGive: ({ isRoutable }) => isRoutable,
    canGet: ({ isRoutable }) => isRoutable,
    roomOf: freePlaces,
    budget: { addition: Number.POSITIVE_INFINITY, balance: Number.POSITIVE_INFINITY },
  });
  const minutesOf = (label: BalanceLabel): number => {
    const users = sum(flows.filter((flow) => flow.label === label).map((flow) => flow.users));
    return users / budgetPerMinute(label, shares.users, options);
  };
  return {
    moves: flows.map(shedOf),
    hold: balanceHold(signs, memory),
    minutes: Math.max(...BALANCE_LABELS.map(minutesOf)),
    pods: shares.pods.map(balanceOf),
  };
}

/** Counts the plans in which a pod is beyond the band, and decides whether it is corrected and whether it is new. */
function judged(shares: FleetShares, plansBeyond: number): FleetShares {
  const judge = (pod: PodShare): PodMemory => {
    const { memory } = pod;
    const deviation = deviationOf(pod);
    const side = deviation > 0 ? 1 : -1;
    const isSameSide = memory.beyond * side > 0;
    const beyond = Math.abs(deviation) <= BAND + ROUNDING ? 0 : isSameSide ? memory.beyond + side : side;
    const goesOn = memory.corrected === side && Math.abs(deviation) > AIM + ROUNDING;
    return {
      ...memory,
      beyond,
      corrected: goesOn || Math.abs(beyond) >= plansBeyond ? side : 0,
      isNew: memory.isNew && deviation < -AIM - ROUNDING,
    };
  };
  return { ...shares, pods: shares.pods.map((pod) => ({ ...pod, memory: judge(pod) })) };
}

function limitsOf(
  shares: FleetShares,
  grants: readonly BalanceGrant[],
  storeTime: number,
  options: BalanceOptions,
): FlowLimits {
  const { everyMs, cooldownMs, receiveRate } = options;
  const isRecent = (at: number | undefined): boolean => at !== undefined && storeTime - at < cooldownMs;
  const isGiving = ({ memory }: PodShare): boolean => (memory.underWay?.users ?? 0) < 0;
  const coming = ({ memory, users }: PodShare): number =>
    memory.underWay ? Math.max(0, unseenUsers(memory.underWay, users)) : 0;
  const budgetOf = (label: BalanceLabel): number => {
    const perMinute = budgetPerMinute(label, shares.users, options);
    const granted = sum(grants.filter((grant) => grant.label === label).map(({ users }) => users));
    return Math.min(perMinute - granted, Math.ceil((perMinute * everyMs) / MINUTE_MS));
  };
  return {
    canGive: (pod, label) =>
      pod.isRoutable && !isGiving(pod) && (label === 'addition' || !isRecent(pod.memory.gotAt)),
    canGet: (pod) => pod.isRoutable && !isGiving(pod) && (pod.memory.isNew || !isRecent(pod.memory.gaveAt)),
    roomOf: (pod) => Math.floor(Math.min(freePlaces(pod), (receiveRate * everyMs) / 1_000)) - coming(pod),
    budget: { addition: budgetOf('addition'), balance: budgetOf('balance') },
  };
}

function freePlaces({ pod, users }: PodShare): number {
  return Math.max(0, (pod.maxUsers ?? Number.POSITIVE_INFINITY) - users);
}

/** When orders that are given now end. */
interface OrderTimes {
  readonly endOf: (flow: UserFlow) => number;
  readonly linkMs: number;
  readonly storeTime: number;
}

/**
 * The memory of all pods, with the orders that are given now. A giver shows a move as soon as it is made, but a getter only
 * when the user comes, with his next request.
 */
function memoryAfter(
  { pods }: FleetMemory,
  shares: FleetShares,
  flows: readonly UserFlow[],
  { endOf, linkMs, storeTime }: OrderTimes,
): FleetMemory['pods'] {
  const after = new Map<number, PodMemory>();
  for (const [podId, memory] of pods) after.set(podId, { ...memory, beyond: 0, corrected: 0 });
  for (const { podId, memory } of shares.pods) after.set(podId, memory);
  const move = ({ podId }: PodShare, moves: MovesUnderWay): void => {
    const memory = after.get(podId)!;
    const times = moves.users > 0 ? { gotAt: storeTime } : { gaveAt: storeTime };
    after.set(podId, { ...memory, ...times, underWay: withMoves(memory.underWay, moves) });
  };
  for (const flow of flows) {
    const { from, to, users, work, mostWork } = flow;
    const until = endOf(flow);
    const told = { podId: to.podId, users, work, mostWork };
    move(from, { users: -users, work: -mostWork, from: from.users, until, to: [told] });
    move(to, { users, work: mostWork, from: to.users, until: until + linkMs, to: [] });
  }
  return after;
}

/** The store's time at which an order ends: before the next plan, but not before the pod has heard of it. */
function untilOf({ from }: UserFlow, storeTime: number, everyMs: number): number {
  const { updatePeriodMs = DEFAULT_UPDATE_PERIOD_MS } = from.pod;
  return storeTime + Math.max(everyMs - updatePeriodMs, 2 * updatePeriodMs);
}

function shedOf({ from, to, users, mostWork, label }: UserFlow): Omit<PlannedShed, 'until'> {
  const shed = { podId: from.podId, users, to: to.podId, label };
  return setsLoad(from) ? { ...shed, load: mostWork / from.capacity } : shed;
}

function balanceOf(pod: PodShare): PodBalance {
  const { corrected, beyond } = pod.memory;
  const is = corrected !== 0 ? 'corrected' : beyond !== 0 ? 'beyond' : 'even';
  return { podId: pod.podId, users: pod.users, overFair: 1 + deviationOf(pod), is };
}
