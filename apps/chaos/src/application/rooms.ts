import {
  type HandOffUser,
  isRouteError,
  NOT_MINE,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type { CheckedStorage } from './checked-storage.ts';

/** The application's state of one user. */
interface Room {
  token: number;
  updates: readonly number[];
}

/** A request. */
export interface Work {
  readonly uid: string;
  readonly update: number;
  /** Resolves when the update may be made. */
  readonly takes: () => Promise<unknown>;
  /** Whether the update is saved at once. Otherwise it is saved at a hand-off. */
  readonly saves: boolean;
}

/** The application's own error. */
export class ApplicationFailure extends Error {}

/** What rooms need. */
export interface RoomsParts {
  readonly server: StatefulRouteForServerDriver;
  readonly storage: CheckedStorage;
  /** Called before the save of a hand-off, which fails if it rejects. */
  readonly beforeSave: () => Promise<unknown>;
}

/** How often a claim is repeated after the storage refused its token. */
const RAISES_MAX = 2;

/**
 * An application as docs/guarantees.md requires: it claims for each request, registers the token, loads, serves, and saves
 * when its user is handed off.
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
      // Nobody else held these users meanwhile: the state is valid, with a new token.
      for (const { uid, token } of claims) {
        const room = this.#rooms.get(uid);
        if (room) room.token = token;
      }
    });
    server.onHandOff((user) => this.#handOff(user));
  }

  /** Serves a request of a user that this pod holds or can claim. */
  async serve(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { server } = this.#parts;
    const { uid } = work;
    try {
      const claim = await server.claim(uid);
      if (claim.claimed) return await this.#apply(work, claim.token, () => server.holds(uid));
      await server.refuse(uid);
      return NOT_MINE;
    } catch (error) {
      // A fenced, displaced or stopped pod holds nobody.
      if (isRouteError(error, 'FENCED') || isRouteError(error, 'NOT_RUNNING')) return NOT_MINE;
      throw error;
    }
  }

  /** Serves a request in a scope, whose end releases the user. */
  async serveInScope(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { server } = this.#parts;
    return server.claimScope(work.uid, ({ token, signal }) =>
      this.#apply(work, token, () => !signal.aborted && server.holds(work.uid)),
    );
  }

  /** Saves and releases the user. */
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

  /** The user's room, loaded again after a new claim. `undefined` if the storage has seen a greater token. */
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
