import {
  type MoveOrder,
  type PodOrder,
  routeError,
  type ShedOrder,
  silentLogger,
} from '@stateful-route/core';
import type { PortCall } from '@stateful-route/core/adapter';
import {
  createStatefulRoute,
  type StatefulRoute,
  type StatefulRouteForServerDriver,
} from '../../../src/index.ts';
import { type CallFate, OrderWire } from './order-wire.ts';
import { type PodFixture, podFixture } from '../../pod-fixture.ts';

export const PODS = 3;
export const uids = ['ada', 'bob', 'eve', 'joe'] as const;
type Uid = (typeof uids)[number];

/** How the application's saves end. */
export const saves = [
  'at once',
  'slowly',
  'rejects',
  'rejects slowly',
  'after its signal',
  'never',
  'not saved',
] as const;
export type Save = (typeof saves)[number];

/** What can happen; `podId` is 0 to 2, or for an order `undefined`: the pod that holds the user. */
export type Happening =
  | { readonly does: 'claim' | 'release'; readonly uid: Uid; readonly podId: number }
  | { readonly does: 'handOff'; readonly uid: Uid; readonly podId: number; readonly to: number | undefined }
  | {
      readonly does: 'order';
      readonly terms: { readonly uid: Uid } | { readonly users: number };
      readonly podId: number | undefined;
      readonly to: number | undefined;
      readonly ms: number;
    }
  | {
      readonly does:
        | 'drain'
        | 'resume'
        | 'refuse'
        | 'intent'
        | 'uncordon'
        | 'stop'
        | 'start'
        | 'restart'
        | 'kill';
      readonly podId: number;
    }
  | { readonly does: 'save'; readonly how: Save; readonly podId: number }
  | {
      readonly does: 'fate';
      readonly of: 'any' | 'ofOrders';
      readonly fates: readonly CallFate[];
      readonly podId: number;
    }
  | { readonly does: 'advance'; readonly ms: number };

/** One process of a pod. */
interface Process {
  readonly podId: number;
  readonly wire: OrderWire;
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
}

/** A move that the store has made for an order. */
interface Move {
  readonly uid: string;
  readonly token: unknown;
  readonly to: number;
  /** Its place among all moves and ends. */
  readonly at: number;
}

/** Pods whose store and application a script breaks, and what became of the orders that it gave. */
export class OrderWorld {
  /** What must not be. */
  readonly problems: string[] = [];
  readonly #fixture: PodFixture = podFixture();
  readonly #config;
  readonly #ratePerSecond: number | undefined;
  readonly #pods: Process[];
  readonly #gateway: StatefulRoute<undefined>;
  readonly #saves: Save[] = Array.from({ length: PODS }, () => 'at once');
  readonly #saving = new Set<string>();
  readonly #orders: { readonly podId: number; readonly order: PodOrder }[] = [];
  /** By order, whose id is also who gave it. */
  readonly #moves = new Map<string, Move[]>();
  readonly #ends = new Map<string, number>();
  #acts = 0;

  constructor(deadOwner: 'wait' | 'relink', ratePerSecond: number | undefined) {
    this.#config = { profile: 'realtime', drainTimeoutMs: 20_000, maxRetryCount: 1, deadOwner } as const;
    this.#ratePerSecond = ratePerSecond;
    this.#pods = Array.from({ length: PODS }, (_, podId) => this.#process(podId));
    const { executors, clock } = this.#fixture;
    const config = { profile: 'realtime' } as const;
    const room = { executors, namespace: 'game', services: ['room'], clock, config, logger: silentLogger };
    this.#gateway = createStatefulRoute(room);
  }

  async begin(): Promise<void> {
    for (const { route } of [...this.#pods, { route: this.#gateway }]) await route.start();
    for (const [at, uid] of ['ada', 'bob', 'eve'].entries())
      await this.#pods[at >> 1]!.route.server.claim(uid);
  }

  let(what: Happening): Promise<unknown> | void {
    const { executors, clock } = this.#fixture;
    if (what.does === 'advance') return clock.advance(what.ms);
    if (what.does === 'order') return this.#give(what);
    const { podId } = what;
    const { route, wire } = this.#pods[podId]!;
    const { server } = route;
    switch (what.does) {
      case 'claim':
        return this.#try('claim', server.claim(what.uid), 60_000);
      case 'release':
        return this.#try('release', server.release(what.uid), 60_000);
      case 'handOff': {
        const options = { to: what.to, userTimeoutMs: 2_000, deadlineMs: 8_000 };
        return this.#try('handOff', server.handOff([what.uid], options), 10_000);
      }
      case 'drain':
        return this.#try('drain', server.drain({ userTimeoutMs: 2_000, deadlineMs: 10_000 }), 10_001);
      case 'resume':
        return this.#try('resume', server.setRoutingState('READY'), 60_000);
      case 'refuse':
        return this.#try('refuse', server.setRoutingState('DENY_NEW_CALL'), 60_000);
      case 'intent':
        return executors.server.setPodIntent('game', 'room', podId, 'drain');
      case 'uncordon':
        return executors.server.setPodIntent('game', 'room', podId, 'resume');
      case 'stop':
        return this.#try('stop', route.stop(), 20_001);
      case 'start':
        return this.#try('start', route.start(), 60_000);
      case 'kill':
        wire.isCut = true;
        return;
      case 'restart':
        wire.isCut = true;
        this.#pods[podId] = this.#process(podId);
        return this.#try('start', this.#pods[podId].route.start(), 60_000);
      case 'save':
        this.#saves[podId] = what.how;
        return;
      case 'fate':
        wire.next(what.of, what.fates);
    }
  }

  /** Of the present processes at most one holds a user. */
  checkHeld(): void {
    for (const uid of uids) {
      const holders = this.#pods.filter(({ route }) => route.server.holds(uid));
      this.#check(
        holders.length <= 1,
        `${uid} is held by ${holders.map(({ podId }) => podId).join(' and ')}`,
      );
    }
  }

  /** Lets everything end: the store is well, every pod runs, and what was asked for is over. Each user has a pod then. */
  async rest(): Promise<void> {
    const { executors, clock } = this.#fixture;
    for (const { podId, wire } of this.#pods) {
      wire.heal();
      this.#saves[podId] = 'at once';
      await executors.server.setPodIntent('game', 'room', podId, 'resume');
    }
    await clock.advance(50_000);
    for (const { podId, wire, route } of this.#pods) {
      if (wire.isCut) this.#pods[podId] = this.#process(podId);
      // One that runs rejects it.
      const starting = (wire.isCut ? this.#pods[podId]!.route : route).start().catch(() => {});
      await clock.advance(3_000);
      await starting;
      await this.#pods[podId]!.route.server.setRoutingState('READY');
    }
    await clock.advance(70_000);
    await this.#checkOrders();
    for (const uid of uids) {
      const found = this.#gateway.service('room').locate(uid);
      await clock.advance(1_000);
      const claim = await this.#pods[(await found).podId]!.route.server.claim(uid);
      this.#check(claim.claimed, `${uid} is not served by the pod that is found`);
    }
    this.checkHeld();
    for (const { route } of this.#pods) this.#try('stop', route.stop(), 20_001);
    await Promise.all([this.#gateway.stop(), clock.advance(60_000)]);
  }

  /** An error of a listener would only be logged. */
  #check(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem);
  }

  #process(podId: number): Process {
    const { clock, pod } = this.#fixture;
    const wire = new OrderWire(clock, (call, reply) => this.#acted(call, reply));
    const drain = this.#ratePerSecond === undefined ? {} : { ratePerSecond: this.#ratePerSecond };
    const route = pod(podId, { config: this.#config, drain }, wire.around);
    const { server } = route;
    server.onHandOff(async ({ uid, token, signal }) => {
      const hold = `${uid} with token ${token}`;
      this.#check(!this.#saving.has(hold), `${hold} is handed off while a hand-off runs`);
      this.#check(!server.holds(uid), `${uid} is held in the hand-off`);
      this.#saving.add(hold);
      await this.#save(podId, signal).finally(() => this.#saving.delete(hold));
    });
    return { podId, wire, route };
  }

  async #save(podId: number, signal: AbortSignal): Promise<void> {
    const later = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        this.#fixture.clock.setTimeout(resolve, ms);
      });
    const how = this.#saves[podId]!;
    if (how === 'slowly') await later(2_000);
    if (how === 'rejects slowly') await later(1_500);
    if (how === 'never') await later(40_000);
    if (how === 'after its signal') {
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (how.startsWith('rejects')) throw new Error('The disk is full.');
    if (how === 'not saved') throw routeError('NOT_SAVED', 'A use runs on.', { uid: 'ada' });
  }

  /** Notes what the store has done for an order. */
  #acted({ method, args, options }: PortCall, reply: unknown): void {
    this.#acts += 1;
    if (method === 'orderDone') {
      const id = args[3] as string;
      if (!this.#ends.has(id)) this.#ends.set(id, this.#acts);
    }
    if (method !== 'replaceLinkedPod' || !(reply as { readonly linked: boolean }).linked) return;
    const { by, ifToken: token } = options as { readonly by?: string; readonly ifToken?: number };
    if (by === undefined) return;
    const [, uid, , , to] = args as [string, string, string, number, number];
    const moves = this.#moves.get(by) ?? [];
    this.#moves.set(by, moves);
    // A call that is repeated finds the user moved.
    if (!moves.some((move) => move.uid === uid && move.token === token)) {
      moves.push({ uid, token, to, at: this.#acts });
    }
  }

  /** A call settles within a time, and fails only as documented. */
  #try(what: string, call: Promise<unknown>, withinMs: number): void {
    const cancel = this.#fixture.clock.setTimeout(
      () => this.problems.push(`${what} has not settled within ${withinMs} ms`),
      withinMs,
    );
    void call
      .catch((error: unknown) => {
        this.#check((error as { code?: string }).code !== undefined, `${what}: ${String(error)}`);
      })
      .finally(cancel);
  }

  #give({ terms, podId, to, ms }: Extract<Happening, { readonly does: 'order' }>): Promise<boolean> {
    const { executors, clock } = this.#fixture;
    const holder = 'uid' in terms ? this.#pods.findIndex(({ route }) => route.server.holds(terms.uid)) : 0;
    const at = podId ?? Math.max(0, holder);
    const id = `order-${this.#orders.length}`;
    const shared = { id, until: clock.now() + ms, by: id, ...(to !== undefined && { to }) };
    const order: MoveOrder | ShedOrder =
      'uid' in terms ? { ...shared, ...terms, kind: 'move' } : { ...shared, ...terms, kind: 'shed' };
    this.#orders.push({ podId: at, order });
    return executors.server.giveOrder('game', 'room', at, order);
  }

  /** Each order has ended once, and its end says what the store has done. */
  async #checkOrders(): Promise<void> {
    const { server } = this.#fixture.executors;
    const { entries } = await server.readJournal('game', 'room', { types: ['order-ended'], limit: 1_000 });
    for (const { podId, order } of this.#orders) {
      const { id, to, kind } = order;
      const ends = entries.filter((entry) => entry.type === 'order-ended' && entry.orderId === id);
      const moves = this.#moves.get(id) ?? [];
      const story = `pod ${podId}: ${JSON.stringify([order, ends, moves])}`;
      this.#check(ends.length === 1, `an order that has not ended once: ${story}`);
      const end = ends[0];
      if (end?.type !== 'order-ended') continue;
      const { outcome, moved, left = 0 } = end;
      this.#check(new Set(moves.map(({ uid }) => uid)).size === moves.length, `a user moved twice: ${story}`);
      this.#check(
        moves.every((move) => to === undefined || move.to === to),
        `a user moved elsewhere: ${story}`,
      );
      if (kind === 'move')
        this.#check(
          moves.every(({ uid }) => uid === order.uid),
          `another user: ${story}`,
        );
      else this.#check(moved <= order.users!, `too many users: ${story}`);
      // What it did is unknown.
      if (outcome === 'interrupted') continue;
      const endedAt = this.#ends.get(id) ?? 0;
      this.#check(
        moves.every(({ at }) => at < endedAt),
        `a user moved after the end: ${story}`,
      );
      this.#check(moves.length <= moved, `more users moved than the end says: ${story}`);
      this.#check((outcome === 'done') === (moved > 0 && left === 0), `done: ${story}`);
      this.#check((outcome === 'left') === left > 0, `left: ${story}`);
    }
  }
}
