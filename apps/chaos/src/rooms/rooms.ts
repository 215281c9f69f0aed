import {
  type HandOffUser,
  isRouteError,
  NOT_MINE,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type { CheckedStorage } from './checked-storage.ts';

/** What an application keeps in memory of a user that its pod holds. */
interface Room {
  token: number;
  updates: readonly number[];
}

/** What a request asks for. */
export interface Work {
  readonly uid: string;
  readonly update: number;
  /** How long it takes until the update is made. */
  readonly takes: () => Promise<unknown>;
  /** Whether it is saved at once, and not only when the user is handed over. */
  readonly saves: boolean;
}

/** An application's own error, which is none of the library's. */
export class OutOfOrder extends Error {}

/** What rooms stand on. */
export interface RoomsParts {
  readonly server: StatefulRouteForServerDriver;
  readonly storage: CheckedStorage;
  /** What a hand-over's save waits for; where it rejects, the save fails. */
  readonly beforeSave: () => Promise<unknown>;
}

/** How often a token that the storage refuses is raised. */
const RAISES_MAX = 2;

/**
 * An application as the guarantees tell to write one: it claims for each request, registers the token, loads, serves, and
 * saves when its user is handed over.
 */
export class Rooms {
  readonly #parts: RoomsParts;
  readonly #rooms = new Map<string, Room>();

  constructor(parts: RoomsParts) {
    this.#parts = parts;
    const { server } = parts;
    server.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#rooms.delete(uid);
    });
    server.on('handedOff', ({ uid }) => this.#rooms.delete(uid));
    server.on('unfenced', ({ claims }) => {
      // Whoever is held again was nobody else's meanwhile: the state is right, the token is another one.
      for (const { uid, token } of claims) {
        const room = this.#rooms.get(uid);
        if (room) room.token = token;
      }
    });
    server.onHandOff((user) => this.#handOff(user));
  }

  /** Serves a request of a user whom this pod holds, or can claim. */
  async serve(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { server } = this.#parts;
    const { uid } = work;
    try {
      const claim = await server.claim(uid);
      if (claim.claimed) return await this.#apply(work, claim.token, () => server.holds(uid));
      await server.refuse(uid);
      return NOT_MINE;
    } catch (error) {
      // Fenced, displaced or stopped: nobody is this pod's.
      if (isRouteError(error, 'FENCED') || isRouteError(error, 'NOT_RUNNING')) return NOT_MINE;
      throw error;
    }
  }

  /** Serves a request in a scope, whose end lets the user go. */
  async serveInScope(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { server } = this.#parts;
    return server.claimScope(work.uid, ({ token, signal }) =>
      this.#apply(work, token, () => !signal.aborted && server.holds(work.uid)),
    );
  }

  /** Saves, and gives the user up. */
  async release(uid: string): Promise<void> {
    const { server } = this.#parts;
    const room = this.#rooms.get(uid);
    if (room && server.holds(uid)) this.#save(uid, room);
    this.#rooms.delete(uid);
    await server.release(uid);
  }

  async #apply(
    { uid, update, takes, saves }: Work,
    token: number,
    isMine: () => boolean,
  ): Promise<'done' | typeof NOT_MINE> {
    const room = await this.#open(uid, token);
    await takes();
    if (!room || !isMine() || this.#rooms.get(uid) !== room) return NOT_MINE;
    room.updates = [...room.updates, update];
    if (saves && !this.#save(uid, room)) return NOT_MINE;
    return 'done';
  }

  /** The user's room, loaded anew where it is of another claim; `undefined` where the storage has seen a greater token. */
  async #open(uid: string, claimed: number): Promise<Room | undefined> {
    const { server, storage } = this.#parts;
    let token = claimed;
    for (let raised = 0; raised <= RAISES_MAX; raised++) {
      const known = this.#rooms.get(uid);
      if (known && known.token >= token) return known;
      if (!server.holds(uid)) return undefined;
      const opened = storage.open(uid, token);
      if (opened.ok) {
        const room = { token, updates: opened.updates };
        this.#rooms.set(uid, room);
        return room;
      }
      const again = await server.claim(uid, { minToken: opened.token + 1 });
      if (!again.claimed) return undefined;
      token = again.token;
    }
    return undefined;
  }

  #save(uid: string, room: Room): boolean {
    const isSaved = this.#parts.storage.save(uid, room.token, room.updates);
    if (!isSaved && this.#rooms.get(uid) === room) this.#rooms.delete(uid);
    return isSaved;
  }

  async #handOff({ uid }: HandOffUser): Promise<void> {
    await this.#parts.beforeSave();
    const room = this.#rooms.get(uid);
    if (room) this.#save(uid, room);
  }
}
