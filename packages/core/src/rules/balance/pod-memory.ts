import type { ServiceStateRead, StatefulServiceState } from '../../domain/stateful-service-state.ts';
import { isSameRun, parseIncarnation } from '../incarnation.ts';
import { hasEnded } from '../liveness.ts';
import { afterOrder, type MovesUnderWay, unseenUsers } from './moves-under-way.ts';
import { LOAD_HALF_LIFE_MS, NEWCOMER_MS } from './balance-options.ts';

/** What the planner remembers of a pod. Times are the store's. */
export interface PodMemory {
  readonly incarnation: string;
  readonly hasEnded: boolean;
  readonly beatAt: number;
  /** Sums of loads and of users over the heartbeats that had users, older ones counting less. */
  readonly loads: number;
  readonly users: number;
  /** In how many plans running the pod was beyond the band: above 0 over it, below 0 under it. */
  readonly beyond: number;
  /** Whether the pod is being brought near to its fair share: it gives users away (1), gets some (−1), or neither (0). */
  readonly corrected: -1 | 0 | 1;
  /** Whether the pod came and never had its fair share yet. */
  readonly isNew: boolean;
  readonly underWay?: MovesUnderWay | undefined;
  /** When it last gave users away, and got some, by an order. */
  readonly gaveAt?: number | undefined;
  readonly gotAt?: number | undefined;
  /** Of a pod that takes no new users: its fewest users since, and when that number last fell. */
  readonly drain?: { readonly users: number; readonly fellAt: number } | undefined;
}

/** What the planner remembers of all pods. */
export interface FleetMemory {
  readonly pods: ReadonlyMap<number, PodMemory>;
  /** When a pod was last seen to have gone without saying so. */
  readonly diedAt?: number | undefined;
}

/** The memory with the heartbeats of a reading. Pods known only by a bare word are left out. */
export function remember(
  before: FleetMemory | undefined,
  { pods, storeTime }: ServiceStateRead,
): FleetMemory {
  const now = new Map<number, PodMemory>();
  let diedAt = before?.diedAt;
  for (const [podId, pod] of pods) {
    if (pod.updateTime === undefined) continue;
    const incarnation = pod.incarnation ?? '';
    const known = before?.pods.get(podId);
    const isSame = known !== undefined && isOfRun(known, incarnation);
    const hasDied = known && !known.hasEnded && (!isSame || pod.state === 'FAILED');
    if (hasDied) diedAt = storeTime;
    const memory = isSame ? known : newPod(incarnation, storeTime, before === undefined);
    now.set(podId, heard(memory, pod, pod.updateTime, storeTime));
  }
  if (before) endOrders(before.pods, now, pods);
  return { pods: now, diedAt };
}

/** Corrects what getters wait for by what givers did, as soon as their orders are over. */
function endOrders(
  before: FleetMemory['pods'],
  now: Map<number, PodMemory>,
  pods: ServiceStateRead['pods'],
): void {
  for (const [podId, { underWay }] of before) {
    const giver = now.get(podId);
    if (!underWay || underWay.users >= 0 || !giver || giver.beatAt < underWay.until) continue;
    const done = 1 - unseenUsers(underWay, pods.get(podId)?.users ?? 0) / underWay.users;
    for (const told of underWay.to) {
      const getter = now.get(told.podId);
      if (!getter?.underWay) continue;
      now.set(told.podId, { ...getter, underWay: afterOrder(getter.underWay, told, done) });
    }
  }
}

/** Parsing is dear, and an incarnation is nearly always the one that is known. */
function isOfRun(known: PodMemory, incarnation: string): boolean {
  return known.incarnation === incarnation || isSameRun(known.incarnation, incarnation);
}

/** A planner that just began may have missed that a pod came. The pod's run tells when it started. */
function newPod(incarnation: string, storeTime: number, isFirstPlan: boolean): PodMemory {
  const isNew = !isFirstPlan || storeTime - parseIncarnation(incarnation).start < NEWCOMER_MS;
  return {
    incarnation,
    hasEnded: false,
    beatAt: Number.NEGATIVE_INFINITY,
    loads: 0,
    users: 0,
    beyond: 0,
    corrected: 0,
    isNew,
  };
}

function heard(memory: PodMemory, pod: StatefulServiceState, beatAt: number, storeTime: number): PodMemory {
  const { users = 0, loadState, incarnation = '' } = pod;
  const kept = { ...memory, incarnation, hasEnded: hasEnded(pod), drain: drainOf(memory, pod, storeTime) };
  if (beatAt <= memory.beatAt) return kept;
  const underWay = memory.underWay && stillUnderWay(memory.underWay, users, beatAt);
  if (users === 0) return { ...kept, beatAt, underWay };
  const part = 0.5 ** ((beatAt - memory.beatAt) / LOAD_HALF_LIFE_MS);
  return {
    ...kept,
    beatAt,
    underWay,
    loads: memory.loads * part + loadState,
    users: memory.users * part + users,
  };
}

/** `undefined` if a pod's users show all moves, or they are over. */
function stillUnderWay(moves: MovesUnderWay, users: number, beatAt: number): MovesUnderWay | undefined {
  return beatAt >= moves.until || unseenUsers(moves, users) === 0 ? undefined : moves;
}

function drainOf(
  { drain }: PodMemory,
  { routingState, users = 0 }: StatefulServiceState,
  storeTime: number,
): PodMemory['drain'] {
  if (routingState === 'READY' || users === 0) return undefined;
  return drain && users >= drain.users ? drain : { users, fellAt: storeTime };
}
