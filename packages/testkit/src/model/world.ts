import type { Executors } from '@stateful-route/core';
import type { ServerExecutor, StatefulExecutor } from '@stateful-route/core/adapter';
import type { TestFramework } from '../framework/test-framework.ts';
import { ModelClock } from './model-clock.ts';
import { ModelFleet } from './model-fleet.ts';
import { ModelJournal } from './model-journal.ts';
import { ModelLinks } from './model-links.ts';
import { ModelOrders } from './model-orders.ts';
import { ModelPods } from './model-pods.ts';
import { ModelRosters } from './model-rosters.ts';
import { ModelWorkloads } from './model-workloads.ts';

/** An adapter and its model, side by side, for one history. */
export class World {
  readonly ns: string;
  readonly stateful: StatefulExecutor;
  readonly server: ServerExecutor;
  readonly clock: ModelClock;
  readonly links: ModelLinks;
  readonly journal: ModelJournal;
  readonly fleet: ModelFleet;
  readonly orders: ModelOrders;
  readonly pods: ModelPods;
  readonly workloads: ModelWorkloads;
  readonly rosters: ModelRosters = new ModelRosters();
  readonly epoch: number;
  readonly tags: Map<string, string> = new Map();
  readonly registered: Set<string> = new Set();
  readonly #expect: TestFramework['expect'];

  constructor(
    ns: string,
    executors: Executors,
    clock: ModelClock,
    epoch: number,
    expect: TestFramework['expect'],
  ) {
    this.ns = ns;
    this.stateful = executors.stateful;
    this.server = executors.server;
    this.clock = clock;
    this.links = new ModelLinks(clock);
    this.journal = new ModelJournal(clock);
    this.fleet = new ModelFleet(clock, this.journal);
    this.orders = new ModelOrders(clock, this.journal);
    this.pods = new ModelPods(clock, epoch, this.journal, this.orders);
    this.workloads = new ModelWorkloads(clock);
    this.epoch = epoch;
    this.#expect = expect;
  }

  /** Compares the adapter's reply with the model's. */
  same(reply: unknown, expected: unknown): void {
    this.#expect(reply).toEqual(expected);
  }

  /** Compares the replies of a call that rests on an epoch. The call reaches the model only in that epoch. */
  sameIn(epoch: number | undefined, reply: unknown, expected: () => unknown): void {
    const isOther = epoch !== undefined && epoch !== this.epoch;
    this.same(reply, isOther ? { epoch: this.epoch } : expected());
  }

  /** The epoch at a distance from the store's. */
  epochAt(distance: number | undefined): number | undefined {
    return distance === undefined ? undefined : this.epoch + distance;
  }

  /** The token at a distance from the link's last one. */
  token(uid: string, service: string, near: number | undefined): number | undefined {
    return near === undefined ? undefined : Math.max(1, this.links.lastToken(uid, service) + near);
  }
}
