import { NOT_MINE, type StatefulRouteForServerDriver } from '@stateful-route/core';
import type { StatefulRoute } from '@stateful-route/driver';
import { type CloseContext, createHost, type Host, type OpenContext, staleToken } from '@stateful-route/host';
import type { HostPlan } from '../script/fleet-plan.ts';
import type { Observation } from '../checks/observation.ts';
import { ApplicationFault } from './application-fault.ts';
import type { ApplicationHost, PodApplication, StorageManner, Work } from './pod-application.ts';
import type { Storage } from './storage.ts';

/** The state of one user, as `open` returned it. */
interface Room {
  readonly token: number;
  readonly updates: number[];
  /** The updates whose uses were answered. */
  readonly answered: number[];
  /** When the running uses began, in ms of the world. */
  readonly running: Set<number>;
  isClosed: boolean;
  /** Whether a hand-off may lose an answered update: a save failed or was given up since, or a use took long. */
  isDoubtful: boolean;
}

const FAST: StorageManner = { mode: 'fast', ms: 0 };

/** How long a call to storage that hangs takes until its client gives up, in ms. */
const HANGS_MS = 15_000;

/** A use that takes more than this share of the pod's limits may make its user unsaved. */
const LATE_SHARE = 4;

/** What a hosted application depends on. */
export interface HostedApplicationParts {
  readonly pod: ApplicationHost;
  readonly route: StatefulRoute<StatefulRouteForServerDriver>;
  readonly plan: HostPlan;
  /** The limit of a save in a hand-off, in ms. */
  readonly userTimeoutMs: number;
  readonly storage: Storage;
  readonly observe: (observation: Observation) => void;
  readonly storageMs: () => number;
  readonly now: () => number;
}

/** An application whose users a host opens, serves, saves and closes. It observes whether the host keeps its promises. */
export class HostedApplication implements PodApplication {
  saves: StorageManner = FAST;
  opens: StorageManner = FAST;
  readonly #parts: HostedApplicationParts;
  readonly #host: Host<Room>;
  readonly #rooms = new Map<string, Room>();
  /** The tokens of the users with whom the pod came back from a fence. */
  readonly #tokens = new Map<string, number>();

  constructor(parts: HostedApplicationParts) {
    const { pod, route, plan, observe } = parts;
    this.#parts = parts;
    this.#host = createHost<Room>(route, {
      ...plan,
      open: (context) => this.#open(context),
      save: ({ uid, token, state, signal }) => this.#save(uid, token, state, signal),
      close: (context) => this.#close(context),
    });
    route.server.on('unfenced', ({ claims }) => {
      for (const { uid, token } of claims) this.#tokens.set(uid, token);
    });
    route.server.on('claimsLost', ({ uids }) => observe({ kind: 'claimsLost', pod, uids }));
  }

  async serve(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { uid, update, how } = work;
    let served: Room | undefined;
    const use = async (room: Room): Promise<'done'> => {
      served = room;
      await this.#use(room, work);
      return 'done';
    };
    let answer: 'done' | typeof NOT_MINE;
    if (how === 'claim') answer = await this.#host.use(uid, use);
    else {
      const stay = await this.#host.enter(uid);
      if (stay === NOT_MINE) return NOT_MINE;
      try {
        answer = await stay.use(use);
      } finally {
        stay.leave();
      }
    }
    if (answer === 'done') this.#answered(uid, update, served);
    return answer;
  }

  forget(): void {}

  watchSaves(): () => readonly string[] {
    return () => [];
  }

  async release(uid: string): Promise<void> {
    await this.#host.end(uid);
  }

  async overlap(uid: string, count: number, workMs: number): Promise<void> {
    for (let at = 0; at < count; at++) {
      const stay = await this.#host.enter(uid);
      if (stay === NOT_MINE) return;
      void this.#parts.pod.wait(2 * workMs).then(() => stay.leave());
      await this.#parts.pod.wait(workMs);
    }
  }

  async #use(room: Room, { uid, update, workMs }: Work): Promise<void> {
    const { pod, route, plan, userTimeoutMs, now } = this.#parts;
    const began = now();
    const others = [...room.running].filter((at) => began - at < plan.useTimeoutMs);
    if (others.length > 0 && !pod.isPaused && !this.#isTroubled()) this.#broke(uid, 'two uses run at a time');
    if (room.isClosed) this.#broke(uid, 'a use runs on a state that was closed');
    if (!route.server.holds(uid)) this.#broke(uid, 'a use begins while the pod does not hold the user');
    if (room.token < (this.#tokens.get(uid) ?? 0))
      this.#broke(uid, 'a use begins on a state that was opened before a fence');
    room.running.add(began);
    try {
      if (workMs > 0) await pod.wait(workMs);
      room.updates.push(update);
    } finally {
      room.running.delete(began);
      if (now() - began > Math.min(plan.useTimeoutMs, userTimeoutMs) / LATE_SHARE) room.isDoubtful = true;
    }
  }

  #answered(uid: string, update: number, room: Room | undefined): void {
    room?.answered.push(update);
    const { plan, storage } = this.#parts;
    if (plan.saveAfter === 'use' && !storage.has(uid, update))
      this.#broke(uid, `update ${update} was answered and is not saved`);
  }

  async #open({ uid, token, signal }: OpenContext): Promise<Room> {
    const { storage } = this.#parts;
    if (!this.#parts.route.server.holds(uid)) this.#broke(uid, 'the state is opened without a claim');
    await this.#delayed(this.opens);
    const opened = await this.#toStorage(() => storage.open(uid, token));
    if (!opened.ok) throw staleToken(opened.token);
    const updates = [...opened.updates];
    const room: Room = {
      token,
      updates,
      answered: [],
      running: new Set(),
      isClosed: false,
      isDoubtful: false,
    };
    // A state that is not wanted any more is closed at once.
    if (signal.aborted) return room;
    const before = this.#rooms.get(uid);
    if (before && !before.isClosed) this.#broke(uid, 'the user is opened twice');
    this.#rooms.set(uid, room);
    return room;
  }

  async #save(uid: string, token: number, room: Room, signal: AbortSignal): Promise<void> {
    const { storage, plan, now } = this.#parts;
    if (room.isClosed) this.#broke(uid, 'a state is saved after it was closed');
    const beside = [...room.running].filter((at) => now() - at < plan.useTimeoutMs);
    if (beside.length > 0 && !this.#isTroubled()) this.#broke(uid, 'a save begins beside a use');
    const updates = [...room.updates];
    signal.addEventListener('abort', () => {
      room.isDoubtful = true;
    });
    try {
      await this.#delayed(this.saves);
      if (!(await this.#toStorage(() => storage.save(uid, token, updates))))
        throw staleToken(storage.token(uid));
    } catch (error) {
      room.isDoubtful = true;
      throw error;
    }
    room.isDoubtful = signal.aborted;
  }

  #close({ uid, state: room, why }: CloseContext<Room>): void {
    if (room.isClosed) this.#broke(uid, 'a state is closed twice');
    room.isClosed = true;
    if (this.#rooms.get(uid) === room) this.#rooms.delete(uid);
    const mayMoveUnsaved = room.isDoubtful || this.saves.mode !== 'fast';
    const isClean = why === 'idle' || why === 'ended' || (why === 'handOff' && !mayMoveUnsaved);
    if (!isClean || room.running.size > 0 || this.#isTroubled()) return;
    const lost = room.answered.filter((update) => !this.#parts.storage.has(uid, update));
    if (lost.length > 0)
      this.#broke(uid, `closed (${why}) without ${lost.length} answered updates being saved`);
  }

  /** Whether a fault affects the pod, or did so within the limits of a hand-off. */
  #isTroubled(): boolean {
    const { pod, plan, userTimeoutMs, now } = this.#parts;
    return pod.isPaused || pod.troubledUntil + plan.useTimeoutMs + userTimeoutMs > now();
  }

  #broke(uid: string, seen: string): void {
    this.#parts.observe({ kind: 'hostBroke', pod: this.#parts.pod, uid, seen });
  }

  async #delayed({ mode, ms }: StorageManner): Promise<void> {
    if (mode === 'fail') throw new ApplicationFault('The storage failed.');
    if (mode === 'hang') {
      await this.#parts.pod.wait(HANGS_MS);
      throw new ApplicationFault('The storage did not answer.');
    }
    if (mode === 'slow') await this.#parts.pod.wait(ms);
  }

  #toStorage<T>(ask: () => T): Promise<T> {
    return this.#parts.pod.callOutside(this.#parts.storageMs(), ask);
  }
}
