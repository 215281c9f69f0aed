import { NOT_MINE } from '@stateful-route/core';
import type { RouteConfigInput } from '@stateful-route/driver';
import { type TcpProxy, until } from '@stateful-route/harness';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, PodRoute } from '../lab/lab.ts';
import { timed, told } from '../lab/measures.ts';
import type { CheckedStorage } from './checked-storage.ts';
import type { HoldWatch } from './hold-watch.ts';
import { OutOfOrder, Rooms, type Work } from './rooms.ts';

/** What a pod of random lives stands on. */
export interface LivesPodParts {
  readonly lab: Lab;
  readonly podId: number;
  readonly wire: TcpProxy;
  readonly namespace: string;
  readonly config: RouteConfigInput;
  readonly storage: CheckedStorage;
  readonly watch: HoldWatch;
  readonly random: () => number;
  /** Told of a line when a promise is broken. */
  readonly broken: (what: 'misled' | 'untyped', line: string) => void;
}

/** Of hand-overs' saves, how many fail, and how many take longer than they may. */
const FAILING = 0.05;
const HANGING = 0.05;
const SAVE_MS = 300;
const HANGS_MS = 4_000;

/** What runs as one ordinal: one process after the other. */
export class LivesPod {
  readonly podId: number;
  readonly wire: TcpProxy;
  readonly #parts: LivesPodParts;
  #route: PodRoute | undefined;
  #rooms: Rooms | undefined;
  #restarting: Promise<void> | undefined;

  constructor(parts: LivesPodParts) {
    this.podId = parts.podId;
    this.wire = parts.wire;
    this.#parts = parts;
  }

  /** The route of the process that runs; `undefined` while none does. */
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
          if (held.length > 0) broken('misled', `pod ${podId} was told lost and holds ${held.join(', ')}`);
        });
        this.#rooms = new Rooms({ server, storage, beforeSave: () => this.#beforeSave() });
        this.#route = route;
        return true;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
  }

  /** A rolling update of this pod: it stops, handing its users over, and the next process starts. */
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
    if (error !== undefined) broken('untyped', `pod ${podId} did not stop: ${told(error)}`);
    // Its process is over: nobody serves there any more.
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
    if (chance < FAILING) throw new OutOfOrder('The storage is out of order.');
    await sleep(chance < FAILING + HANGING ? HANGS_MS : random() * SAVE_MS);
  }
}
