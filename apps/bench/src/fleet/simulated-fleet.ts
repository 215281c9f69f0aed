import {
  type Clock,
  Snapshot,
  type StatefulServiceState,
  strategies,
  systemClock,
} from '@stateful-route/core';
import {
  type BalanceLabel,
  type BalanceState,
  DEFAULT_BALANCE_OPTIONS,
  newestRevision,
  NO_ROLLOUT,
  planBalance,
  type PlannedShed,
  type Rollout,
  rolloutStep,
  usersToShed,
} from '@stateful-route/core/adapter';
import { resolveConfig } from '@stateful-route/driver';
import { HandOffTally, Placements } from '@stateful-route/driver/internal';
import { FleetPod, type FleetUser, LEASE_MS, PERIOD_MS } from './fleet-pod.ts';

/** How a fleet behaves. */
export interface FleetSetup {
  readonly random: () => number;
  /** Whether the fleet is kept even. */
  readonly rebalance: boolean;
  /** How many callers place users. */
  readonly callers?: number;
  /** How long a user who was moved takes to come back, on average. */
  readonly comesAfterMs?: number;
  /** What a pod's reported load is multiplied by. */
  readonly noise?: () => number;
}

/** A user who comes. */
export type Comer = Pick<FleetUser, 'uid' | 'weight'> & { readonly staysMs?: number | undefined };

/** Why a user was moved; `take-over`: his pod was dead. */
export type MoveLabel = BalanceLabel | 'removal' | 'take-over';

/** Store time at the start: the directory is old. */
const EPOCH_MS = 1_700_000_000_000;
const TICK_MS = 1_000;
/** A pod that drains hands over so many users in a second, and one that sheds too. */
const PER_SECOND = 50;
/** How long a user takes to come back, on average. */
const COMES_AFTER_MS = 2_000;
const { everyMs, cooldownMs } = DEFAULT_BALANCE_OPTIONS;

/**
 * A fleet in simulated time, made of the product's pure parts: callers pick with `Placements`, pods send heartbeats, drain and
 * shed, the lowest ordinal plans. Time goes in steps of a second.
 */
export class SimulatedFleet {
  readonly pods = new Map<number, FleetPod>();
  readonly moves: Record<MoveLabel, number> = { removal: 0, addition: 0, balance: 0, 'take-over': 0 };
  nowMs = 0;
  readonly #setup: Required<FleetSetup>;
  readonly #clock: Clock;
  readonly #callers: readonly Placements[];
  #entries = new Map<number, StatefulServiceState>();
  #snapshot: Snapshot;
  readonly #onTheirWay: { user: FleetUser; atMs: number; to: FleetPod | undefined; label: MoveLabel }[] = [];
  readonly #toMove = new Map<FleetPod, { user: FleetUser; order: PlannedShed }[]>();
  readonly #leaving: FleetUser[] = [];
  #plan: { readonly leader: string; readonly state: BalanceState; readonly rollout: Rollout } | undefined;
  #runs = 0;

  constructor(setup: FleetSetup) {
    this.#setup = { callers: 4, comesAfterMs: COMES_AFTER_MS, noise: () => 1, ...setup };
    this.#clock = { ...systemClock, now: () => EPOCH_MS + this.nowMs, monotonic: () => this.nowMs };
    this.#callers = Array.from({ length: this.#setup.callers }, () => this.#placements());
    this.#snapshot = this.#snapshotNow();
  }

  /** Starts a pod, or a pod's next run. */
  start(podId: number, revision = 'one'): FleetPod {
    const incarnation = `${this.#clock.now()}.run${this.#runs++}.0`;
    const tally = new HandOffTally();
    const pod = new FleetPod({ podId, revision, incarnation, placements: this.#placements(), tally });
    this.pods.set(podId, pod);
    this.#beat(pod);
    return pod;
  }

  /** A user comes to a pod that is chosen for him, or to a certain one. */
  come({ uid, weight, staysMs = Number.POSITIVE_INFINITY }: Comer, to?: number): FleetUser {
    const user: FleetUser = { uid, weight, leavesAtMs: this.nowMs + staysMs };
    if (to === undefined) this.#place(user);
    else this.pods.get(to)!.add(user);
    if (staysMs < Number.POSITIVE_INFINITY) this.#leaving.push(user);
    return user;
  }

  /** The pod takes no new users, and hands its own over. */
  drain(podId: number): void {
    const pod = this.pods.get(podId)!;
    pod.routingState = 'DENY_NEW_CALL';
    this.#beat(pod);
  }

  /** The pod ends, and says so. Whoever is left on it is taken over. */
  stop(podId: number): void {
    const pod = this.pods.get(podId)!;
    pod.state = 'TERMINATING';
    this.#beat(pod);
    this.#orphan(pod, 0);
  }

  /** The pod dies without a word. */
  kill(podId: number): void {
    const pod = this.pods.get(podId)!;
    pod.state = 'FAILED';
    this.#orphan(pod, LEASE_MS);
  }

  /** A second goes by. */
  tick(): void {
    this.nowMs += TICK_MS;
    for (const pod of this.pods.values()) {
      // Heartbeats are spread over the period.
      if (pod.isUp && (this.nowMs / TICK_MS + pod.podId) % (PERIOD_MS / TICK_MS) === 0) this.#beat(pod);
    }
    this.#snapshot = this.#snapshotNow();
    this.#leave();
    this.#arrive();
    for (const pod of this.pods.values()) if (pod.routingState !== 'READY') this.#handOver(pod);
    for (const [pod, queue] of this.#toMove) this.#shed(pod, queue);
    if (this.#setup.rebalance && this.nowMs % everyMs === 0) this.#planMoves();
  }

  /** The loads of the pods that are up, over their mean, by ordinal. */
  overMean(): ReadonlyMap<number, number> {
    const up = [...this.pods.values()].filter((pod) => pod.isUp);
    const mean = up.reduce((sum, { load }) => sum + load, 0) / up.length;
    return new Map(up.map(({ podId, load }) => [podId, mean > 0 ? load / mean : 1]));
  }

  /** The fullest pod over the mean. */
  fullest(): number {
    return Math.max(...this.overMean().values());
  }

  #placements(): Placements {
    const { random, callers } = this.#setup;
    return new Placements({
      strategy: strategies['power-of-two'],
      random,
      config: resolveConfig({ routingPeers: callers }),
    });
  }

  #snapshotNow(): Snapshot {
    const pods = new Map([...this.#entries].toSorted(([a], [b]) => a - b));
    return new Snapshot({ storeTime: this.#clock.now(), epoch: 1, since: 0, pods }, this.#clock);
  }

  #beat(pod: FleetPod): void {
    this.#entries.set(pod.podId, pod.report(this.#clock.now(), this.#setup.noise()));
  }

  /** A caller picks a pod for a user without one. He waits if there is none. */
  #place(user: FleetUser): void {
    const caller = this.#callers[Math.floor(this.#setup.random() * this.#callers.length)]!;
    const podId = caller.pick(this.#snapshot, user.uid);
    const pod = podId === undefined ? undefined : this.pods.get(podId);
    if (podId === undefined || !pod?.isUp) this.#send(user, undefined, 'take-over');
    else {
      caller.place(podId);
      pod.add(user);
    }
  }

  /** A user is on his way to a pod, or to whichever is picked when he comes. */
  #send(user: FleetUser, to: FleetPod | undefined, label: MoveLabel, afterMs = 0): void {
    const waitsMs = -Math.log(1 - this.#setup.random()) * this.#setup.comesAfterMs;
    this.#onTheirWay.push({ user, to, label, atMs: this.nowMs + afterMs + waitsMs });
  }

  #orphan(pod: FleetPod, afterMs: number): void {
    this.#toMove.delete(pod);
    for (const user of pod.users) {
      pod.remove(user);
      this.#send(user, undefined, 'take-over', afterMs);
    }
  }

  #leave(): void {
    const gone = this.#leaving.filter(({ leavesAtMs, pod }) => leavesAtMs <= this.nowMs && pod);
    if (gone.length === 0) return;
    for (const user of gone) user.pod!.remove(user);
    const left = this.#leaving.filter((user) => !gone.includes(user));
    this.#leaving.splice(0, Number.POSITIVE_INFINITY, ...left);
  }

  #arrive(): void {
    const due = this.#onTheirWay.filter(({ atMs }) => atMs <= this.nowMs);
    if (due.length === 0) return;
    const later = this.#onTheirWay.filter(({ atMs }) => atMs > this.nowMs);
    this.#onTheirWay.splice(0, Number.POSITIVE_INFINITY, ...later);
    for (const { user, to, label } of due) {
      this.moves[label] += 1;
      if (to?.isUp && to.routingState === 'READY') to.add(user);
      else this.#place(user);
    }
  }

  #handOver(pod: FleetPod): void {
    for (const user of [...pod.users].slice(0, PER_SECOND)) {
      const handOff = { from: pod.podId, tally: pod.tally };
      const podId = pod.placements.pick(this.#snapshot, user.uid, { handOff });
      if (podId === undefined) return;
      pod.tally.place(podId);
      pod.placements.place(podId);
      pod.remove(user);
      this.#send(user, this.pods.get(podId), 'removal');
    }
  }

  #planMoves(): void {
    const { alive } = this.#snapshot;
    const leader = [...alive.values()][0]?.incarnation;
    if (leader === undefined) return;
    const before = this.#plan?.leader === leader ? this.#plan : undefined;
    const read = this.#snapshot.readNow();
    const rollout = rolloutStep(before?.rollout ?? NO_ROLLOUT, alive, read.storeTime);
    const isUpdating = newestRevision(rollout, alive, read.storeTime) !== undefined;
    const plan = planBalance(before?.state, { read, isUpdating, isFrozen: false });
    this.#plan = { leader, state: plan.state, rollout };
    for (const order of plan.orders) this.#obey(order);
  }

  #obey(order: PlannedShed): void {
    const pod = this.pods.get(order.podId)!;
    const queue = this.#toMove.get(pod) ?? [];
    const chosen = new Set(queue.map(({ user }) => user.uid));
    const held = Array.from(pod.users, (user) => ({ user, ...user, busy: false, movedAt: user.movedAtMs }));
    const uids = usersToShed(held, order, {
      now: this.nowMs,
      which: 'all',
      cooldownMs,
      load: pod.load,
      movable: (uid) => !chosen.has(uid),
    });
    const byUid = new Map(held.map(({ user }) => [user.uid, user]));
    queue.push(...uids.map((uid) => ({ user: byUid.get(uid)!, order })));
    this.#toMove.set(pod, queue);
  }

  #shed(pod: FleetPod, queue: { user: FleetUser; order: PlannedShed }[]): void {
    for (const { user, order } of queue.splice(0, PER_SECOND)) {
      if (user.pod !== pod) continue;
      pod.remove(user);
      user.movedAtMs = this.nowMs;
      this.#send(user, this.pods.get(order.to), order.label);
    }
    if (queue.length === 0) this.#toMove.delete(pod);
  }
}
