import { NOT_MINE } from '@stateful-route/core';
import type { RouteConfigInput } from '@stateful-route/driver';
import { type TcpProxy, until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, PodRoute } from '../lab/lab.ts';
import { timed } from '../lab/measures.ts';
import { stackOf } from '@stateful-route/lab/command-line';
import type { CheckedStorage } from '../application/checked-storage.ts';
import type { HoldWatch } from '../application/hold-watch.ts';
import { ApplicationFailure, Rooms, type Work } from '../application/rooms.ts';

/** What a pod of the random fleet needs. */
export interface RandomPodParts {
  readonly lab: Lab;
  readonly podId: number;
  readonly wire: TcpProxy;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly storage: CheckedStorage;
  readonly watch: HoldWatch;
  readonly random: () => number;
  /** Called with a line for each broken promise. */
  readonly broken: (what: 'misled' | 'untyped', line: string) => void;
}

/** The shares of hand-off saves that fail, and that exceed their timeout. */
const FAILING = 0.05;
const HANGING = 0.05;
const SAVE_MS = 300;
const HANGS_MS = 4_000;

/** The processes of one ordinal, one after the other. */
export class RandomPod {
  readonly podId: number;
  readonly wire: TcpProxy;
  readonly #parts: RandomPodParts;
  #route: PodRoute | undefined;
  #rooms: Rooms | undefined;
  #restarting: Promise<void> | undefined;

  constructor(parts: RandomPodParts) {
    this.podId = parts.podId;
    this.wire = parts.wire;
    this.#parts = parts;
  }

  /** The route of the running process. `undefined` between two. */
  get route(): PodRoute | undefined {
    return this.#route;
  }

  get rooms(): Rooms | undefined {
    return this.#rooms;
  }

  async start(): Promise<void> {
    const { lab, podId, wire, namespace, config, storage, watch, broken } = this.#parts;
    await until(
      `pod ${podId} starts`,
      async () => {
        const executors = watch.around(lab.executors({ url: wire.url }), `pod ${podId}`);
        const route = await lab.pod(podId, { executors, namespace, config, drain: {} });
        const { server } = route;
        watch.add(route, `pod ${podId}`);
        server.on('claimsLost', ({ uids }) => {
          const held = uids.filter((uid) => server.holds(uid));
          if (held.length > 0)
            broken('misled', `pod ${podId} reported as lost, and holds, ${held.join(', ')}`);
        });
        this.#rooms = new Rooms({ server, storage, beforeSave: () => this.#beforeSave() });
        this.#route = route;
        return true;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
  }

  /** A rolling update of this pod: it hands its users off and stops, and the next process starts. */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  async serve(work: Work, isScope: boolean): Promise<'done' | typeof NOT_MINE> {
    const rooms = this.#rooms;
    if (!rooms) return NOT_MINE;
    return isScope ? rooms.serveInScope(work) : rooms.serve(work);
  }

  async #restart(): Promise<void> {
    const route = this.#route;
    if (!route) return;
    const { watch, broken, podId, random } = this.#parts;
    const { error } = await timed(() => route.stop());
    if (error !== undefined) broken('untyped', `pod ${podId} did not stop: ${stackOf(error)}`);
    // Its process has ended and serves nobody any more.
    watch.look();
    watch.remove(route);
    this.#route = undefined;
    this.#rooms = undefined;
    await sleep(random() * 500);
    await this.start();
  }

  async #beforeSave(): Promise<void> {
    const { random } = this.#parts;
    const chance = random();
    if (chance < FAILING) throw new ApplicationFailure('The storage failed.');
    await sleep(chance < FAILING + HANGING ? HANGS_MS : random() * SAVE_MS);
  }
}
