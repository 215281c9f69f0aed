import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import type { Answer } from './answer.ts';
import type { PodJournal } from './pod-journal.ts';
import { Room } from './room.ts';

/** The pod's side of the router, as far as the application needs it. */
export type RoomDriver = Pick<
  StatefulRouteForServerDriver,
  'claim' | 'getRoutingState' | 'holds' | 'on' | 'refuse' | 'release' | 'setLoadState'
>;

/** What a pod of the application stands on; none of it says how requests reach the pod. */
export interface RoomPodParts {
  readonly podId: number;
  readonly driver: RoomDriver;
  readonly journal: PodJournal;
  /** The user's owner in the directory, asked past the driver. */
  readonly ownerOf: (uid: string) => Promise<number | undefined>;
}

/** How many users leave at a time. */
const LEAVING_BATCH = 50;

/**
 * The application: a pod that keeps each of its users in memory. It serves whom it holds, claims whom nobody holds, and
 * answers "not mine" for all others.
 */
export class RoomPod {
  readonly #parts: RoomPodParts;
  readonly #rooms = new Map<string, Promise<Room | undefined>>();
  #handingOff: Promise<void> | undefined;

  constructor(parts: RoomPodParts) {
    this.#parts = parts;
    parts.driver.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#lost(uid);
    });
  }

  async handle(uid: string): Promise<Answer> {
    const { podId, driver, ownerOf } = this.#parts;
    const room = await this.#roomOf(uid);
    if (room?.closed) await this.#seeOff(room);
    if (!room || room.closed || !driver.holds(uid)) return { kind: 'not-mine' };
    const served = await room.serve(async () => {
      const ownerSeen = await ownerOf(uid);
      return { podId, visits: room.visits, held: driver.holds(uid), ownerSeen };
    });
    return { kind: 'served', served };
  }

  /** Sees every user off: stops serving them, lets go of their state, and only then gives the claim back. */
  handOff(): Promise<void> {
    this.#handingOff ??= this.#seeAllOff().finally(() => {
      this.#handingOff = undefined;
    });
    return this.#handingOff;
  }

  #roomOf(uid: string): Promise<Room | undefined> {
    const known = this.#rooms.get(uid);
    if (known) return known;
    const opening = this.#open(uid);
    this.#rooms.set(uid, opening);
    const forget = (): void => {
      if (this.#rooms.get(uid) === opening) this.#rooms.delete(uid);
    };
    opening.then((room) => {
      if (!room) forget();
    }, forget);
    return opening;
  }

  /** Makes the user this pod's own; `undefined`: another pod's, or this one takes nobody any more. */
  async #open(uid: string): Promise<Room | undefined> {
    const { driver, journal } = this.#parts;
    if (!this.#takesUsers()) {
      await driver.refuse(uid);
      return undefined;
    }
    const claim = await driver.claim(uid);
    if (!claim.claimed) return undefined;
    // The drain may have begun while the claim was under way, and has then not seen this user.
    if (!this.#takesUsers()) {
      await driver.release(uid);
      return undefined;
    }
    await journal.opened(uid, claim.token);
    driver.setLoadState(this.#rooms.size);
    return new Room(uid);
  }

  #takesUsers(): boolean {
    return this.#parts.driver.getRoutingState() === 'READY';
  }

  async #seeAllOff(): Promise<void> {
    const failures: unknown[] = [];
    const opened = [...this.#rooms.values()];
    for (let at = 0; at < opened.length; at += LEAVING_BATCH) {
      const leaving = opened.slice(at, at + LEAVING_BATCH).map(async (opening) => {
        const room = await opening;
        if (room) await this.#seeOff(room);
      });
      for (const outcome of await Promise.allSettled(leaving)) {
        if (outcome.status === 'rejected') failures.push(outcome.reason);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} users could not leave`);
  }

  async #seeOff(room: Room): Promise<void> {
    const { driver, journal } = this.#parts;
    const { uid } = room;
    await room.leave(async () => {
      await journal.closed(uid);
      await driver.release(uid);
      this.#rooms.delete(uid);
      driver.setLoadState(this.#rooms.size);
    });
  }

  #lost(uid: string): void {
    if (!this.#rooms.delete(uid)) return;
    // The entry is stamped now; a pod that cannot write it down any more is about to end.
    this.#parts.journal.closed(uid).catch(() => {});
  }
}
