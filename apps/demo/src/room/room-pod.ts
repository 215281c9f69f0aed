import type { StatefulRouteForServerDriver } from '@stateful-route/core';
import type { Answer } from './answer.ts';
import type { PodJournal } from './pod-journal.ts';
import { Room } from './room.ts';

/** The part of the server driver that the application needs. */
export type RoomDriver = Pick<
  StatefulRouteForServerDriver,
  'claim' | 'getRoutingState' | 'holds' | 'isFenced' | 'on' | 'refuse' | 'release' | 'setLoadState'
>;

/** What a pod of the application needs. It is independent of how requests arrive. */
export interface RoomPodParts {
  readonly podId: number;
  readonly driver: RoomDriver;
  readonly journal: PodJournal;
  /** Reads the user's owner from the directory, past the driver. */
  readonly ownerOf: (uid: string) => Promise<number | undefined>;
}

/**
 * The application: a pod that keeps its users in memory. It serves users that it holds, claims users that nobody holds, and
 * answers "not mine" for others.
 */
export class RoomPod {
  readonly #parts: RoomPodParts;
  readonly #rooms = new Map<string, Promise<Room | undefined>>();
  /** How many requests each user had sent at the last call of `endIdle`, and over how many calls that has not changed. */
  #idle = new Map<string, { readonly visits: number; readonly calls: number }>();

  constructor(parts: RoomPodParts) {
    this.#parts = parts;
    parts.driver.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#lost(uid);
    });
    // A fenced pod holds nobody. Users that it holds again afterwards get a new room.
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

  /** Lets go of every user who has sent no request over the last `calls` calls of this. */
  async endIdle(calls: number): Promise<void> {
    const before = this.#idle;
    this.#idle = new Map();
    for (const [uid, opening] of this.#rooms) {
      const room = await opening.catch(() => undefined);
      if (!room || room.closed) continue;
      const { visits } = room;
      const last = before.get(uid);
      const idle = last?.visits === visits ? last.calls + 1 : 0;
      if (idle < calls) {
        this.#idle.set(uid, { visits, calls: idle });
        continue;
      }
      await this.#end(room);
      await this.#parts.driver.release(uid);
    }
  }

  /** Refuses new requests of the user, and resolves when pending ones have ended: then the link may move. */
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

  /** Claims the user. `undefined` if another pod holds them, or this pod takes no users. */
  async #open(uid: string): Promise<Room | undefined> {
    const { driver, journal } = this.#parts;
    if (!this.#takesUsers()) {
      await driver.refuse(uid);
      return undefined;
    }
    const claim = await driver.claim(uid);
    if (!claim.claimed) return undefined;
    // A drain that began during the claim has not seen this user.
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

  /** A user whose hand-off waits for this request is still held: the link moves after it. */
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
    // A pod that cannot write the entry any more is about to end.
    this.#parts.journal.closed(uid).catch(() => {});
  }
}
