import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import type { Answer } from './answer.ts';
import type { PodJournal } from './pod-journal.ts';
import { Room } from './room.ts';

/** The pod's side of the router, as far as the application needs it. */
export type RoomDriver = Pick<
  StatefulRouteForServerDriver,
  'claim' | 'getRoutingState' | 'holds' | 'isFenced' | 'on' | 'refuse' | 'release' | 'setLoadState'
>;

/** What a pod of the application stands on; none of it says how requests reach the pod. */
export interface RoomPodParts {
  readonly podId: number;
  readonly driver: RoomDriver;
  readonly journal: PodJournal;
  /** The user's owner in the directory, asked past the driver. */
  readonly ownerOf: (uid: string) => Promise<number | undefined>;
}

/**
 * The application: a pod that keeps each of its users in memory. It serves whom it holds, claims whom nobody holds, and
 * answers "not mine" for all others.
 */
export class RoomPod {
  readonly #parts: RoomPodParts;
  readonly #rooms = new Map<string, Promise<Room | undefined>>();

  constructor(parts: RoomPodParts) {
    this.#parts = parts;
    parts.driver.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#lost(uid);
    });
    // Nobody is this pod's while it is fenced; whom it holds again afterwards opens a room again.
    parts.driver.on('fenced', () => {
      for (const uid of this.#rooms.keys()) this.#lost(uid);
    });
  }

  async handle(uid: string): Promise<Answer> {
    const { podId, driver, ownerOf } = this.#parts;
    const room = await this.#roomOf(uid);
    if (room?.closed) await this.#end(room);
    if (!room || room.closed || !driver.holds(uid)) return { kind: 'not-mine' };
    const served = await room.serve(async () => {
      const ownerSeen = await ownerOf(uid);
      return { podId, visits: room.visits, held: this.#holds(uid, room), ownerSeen };
    });
    return { kind: 'served', served };
  }

  /** Lets nobody in any more, and resolves when those inside have been served: then the user may move to the next pod. */
  async handOver(uid: string, movesTo: number | undefined): Promise<void> {
    const room = await this.#rooms.get(uid);
    if (room) await this.#end(room, movesTo);
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
    if (!driver.holds(uid)) {
      await journal.closed(uid);
      return undefined;
    }
    driver.setLoadState(this.#rooms.size);
    return new Room(uid);
  }

  #takesUsers(): boolean {
    return this.#parts.driver.getRoutingState() === 'READY';
  }

  /** A user whose hand-over waits for this very request is still this pod's: the link moves after it. */
  #holds(uid: string, room: Room): boolean {
    const { driver } = this.#parts;
    return driver.holds(uid) || (room.closed && this.#rooms.has(uid) && !driver.isFenced());
  }

  async #end(room: Room, movesTo?: number): Promise<void> {
    const { driver, journal } = this.#parts;
    const { uid } = room;
    await room.leave(async () => {
      await journal.closed(uid, movesTo);
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
