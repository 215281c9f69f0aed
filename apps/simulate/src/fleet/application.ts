import {
  type ClaimResult,
  type HandOffUser,
  isRouteError,
  NOT_MINE,
  type StatefulRouteForServerDriver,
} from '@stateful-route/core';
import type { Observation } from '../checks/observation.ts';
import { ApplicationFault } from './application-fault.ts';
import type { ApplicationHost, PodApplication, StorageManner, Work } from './pod-application.ts';
import type { Storage } from './storage.ts';

/** The application's state of one user. */
interface Room {
  token: number;
  updates: number[];
  dirty: boolean;
  /** The last save. Saves of a user run one after the other. */
  saving: Promise<unknown>;
}

/** How often a claim is repeated after the storage refused its token. */
const RAISES_MAX = 2;

/** An application as the README shows: it claims, registers its token, loads, serves, and saves when it must. */
export class Application implements PodApplication {
  saves: StorageManner = { mode: 'fast', ms: 0 };
  opens: StorageManner = { mode: 'fast', ms: 0 };
  readonly #pod: ApplicationHost;
  readonly #server: StatefulRouteForServerDriver;
  readonly #storage: Storage;
  readonly #observe: (observation: Observation) => void;
  readonly #storageMs: () => number;
  readonly #rooms = new Map<string, Room>();
  /** Users that left, or may leave, without a hand-off. */
  readonly #otherwise = new Set<string>();
  readonly #saved = new Set<string>();

  constructor(
    pod: ApplicationHost,
    server: StatefulRouteForServerDriver,
    storage: Storage,
    observe: (observation: Observation) => void,
    storageMs: () => number,
  ) {
    this.#pod = pod;
    this.#server = server;
    this.#storage = storage;
    this.#observe = observe;
    this.#storageMs = storageMs;
    server.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.forget(uid);
      observe({ kind: 'claimsLost', pod, uids });
    });
    server.on('handedOff', ({ uid }) => this.#rooms.delete(uid));
    server.on('unfenced', ({ claims }) => {
      for (const { uid, token } of claims) {
        const room = this.#rooms.get(uid);
        if (!room || room.token === token) continue;
        // Register the new token and load the state again before serving. Storage without tokens has nothing to register.
        if (storage.checks) this.#rooms.delete(uid);
        else room.token = token;
      }
    });
    server.onHandOff((user) => this.#handOff(user));
  }

  async serve(work: Work): Promise<'done' | typeof NOT_MINE> {
    return work.how === 'claim' ? this.#serveClaimed(work) : this.#serveScoped(work);
  }

  /** Drops the state of a user that the pod no longer holds. */
  forget(uid: string): void {
    this.#rooms.delete(uid);
    this.#otherwise.add(uid);
  }

  /** Starts to note which users a hand-off saves. The result returns the held users that it did not save but should have. */
  watchSaves(): () => readonly string[] {
    const held = [...this.#server.held()].filter((uid) => !this.#pod.isReleasing(uid));
    this.#saved.clear();
    this.#otherwise.clear();
    return () => held.filter((uid) => !this.#saved.has(uid) && !this.#otherwise.has(uid));
  }

  /** Saves and releases a user. */
  async release(uid: string, keepSeconds?: number): Promise<void> {
    const room = this.#rooms.get(uid);
    if (room?.dirty && this.#server.holds(uid)) await this.#save(uid, room, () => this.#server.holds(uid));
    this.forget(uid);
    await this.#server.release(uid, { keepSeconds });
  }

  /** Scopes of one user, each opened as the previous one ends. */
  async overlap(uid: string, count: number, workMs: number): Promise<void> {
    let last: Promise<unknown> = Promise.resolve();
    for (let at = 0; at < count; at++) {
      let ends: () => void = () => {};
      const ended = new Promise<void>((resolve) => {
        ends = resolve;
      });
      const before = last;
      last = this.#scope(uid, async () => {
        await this.#pod.wait(workMs);
        ends();
      });
      last.catch(() => {
        ends();
      });
      await Promise.race([ended, before.then(() => ended)]);
    }
    await last;
  }

  async #serveClaimed(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { uid } = work;
    const claim = await this.#server.claim(uid);
    if (!claim.claimed) return this.#turnAway(uid);
    return this.#apply(work, claim.token, () => this.#server.holds(uid));
  }

  async #serveScoped(work: Work): Promise<'done' | typeof NOT_MINE> {
    const { uid } = work;
    let answer: 'done' | typeof NOT_MINE;
    try {
      answer = await this.#scope(uid, (token, signal) =>
        this.#apply(work, token, () => !signal.aborted && this.#server.holds(uid)),
      );
    } catch (error) {
      if (isRouteError(error, 'POD_NOT_AVAILABLE') && error.why === 'not mine') return this.#turnAway(uid);
      throw error;
    }
    if (!this.#server.holds(uid)) this.forget(uid);
    return answer;
  }

  async #scope<T>(uid: string, run: (token: number, signal: AbortSignal) => Promise<T>): Promise<T> {
    const pod = this.#pod;
    return this.#server.claimScope(uid, async ({ token, signal }) => {
      this.#observe({ kind: 'scopeRuns', pod, uid, signal });
      const onAbort = (): void => {
        this.#observe({ kind: 'signal', pod, uid, cause: pod.causeOfEnd(uid) });
      };
      signal.addEventListener('abort', onAbort);
      try {
        return await run(token, signal);
      } finally {
        signal.removeEventListener('abort', onAbort);
        this.#otherwise.add(uid);
        this.#observe({ kind: 'scopeEnds', pod, uid, signal });
      }
    });
  }

  async #turnAway(uid: string): Promise<typeof NOT_MINE> {
    await this.#server.refuse(uid);
    return NOT_MINE;
  }

  async #apply(
    { uid, update, workMs, saves }: Work,
    token: number,
    mine: () => boolean,
  ): Promise<'done' | typeof NOT_MINE> {
    const room = await this.#open(uid, token);
    if (workMs > 0) await this.#pod.wait(workMs);
    if (!room || !mine() || this.#rooms.get(uid) !== room) return NOT_MINE;
    room.updates = [...room.updates, update];
    room.dirty = true;
    if (saves && !(await this.#save(uid, room, mine))) return NOT_MINE;
    return 'done';
  }

  /** The user's room, loaded again after a new claim. `undefined` if the storage has seen a greater token. */
  async #open(uid: string, claimed: number): Promise<Room | undefined> {
    let token = claimed;
    for (let raised = 0; raised <= RAISES_MAX; raised++) {
      const known = this.#rooms.get(uid);
      if (known && known.token === token) return known;
      const opened = await this.#toStorage(() => this.#storage.open(uid, token));
      if (!this.#server.holds(uid)) return undefined;
      if (opened.ok) {
        const meanwhile = this.#rooms.get(uid);
        if (meanwhile && meanwhile.token >= token) return meanwhile;
        const room: Room = { token, updates: [...opened.updates], dirty: false, saving: Promise.resolve() };
        this.#rooms.set(uid, room);
        return room;
      }
      const again: ClaimResult = await this.#server.claim(uid, { minToken: opened.token + 1 });
      if (!again.claimed) return undefined;
      token = again.token;
    }
    return undefined;
  }

  async #save(uid: string, room: Room, mine: () => boolean): Promise<boolean> {
    const save = async (): Promise<boolean> => {
      const { token, updates } = room;
      // Storage without tokens is used only while the user is held, and acts at once.
      if (!this.#storage.checks && !mine()) return false;
      const saved = await this.#toStorage(() => this.#storage.save(uid, token, updates));
      if (saved) room.dirty = room.updates !== updates;
      else if (this.#rooms.get(uid) === room) this.#rooms.delete(uid);
      return saved;
    };
    const saving = room.saving.then(save);
    room.saving = saving.catch(() => {});
    return saving;
  }

  async #handOff({ uid, signal }: HandOffUser): Promise<void> {
    const pod = this.#pod;
    this.#observe({ kind: 'saveBegins', pod, uid });
    let how: 'saved' | 'failed' | 'aborted' = 'failed';
    try {
      const { mode, ms } = this.saves;
      if (mode === 'fail') throw new ApplicationFault('The storage failed.');
      if (mode === 'hang') await new Promise<never>(() => {});
      if (mode === 'slow') await pod.wait(ms);
      const room = this.#rooms.get(uid);
      if (room?.dirty) await this.#save(uid, room, () => !signal.aborted && !this.#server.isFenced());
      how = signal.aborted ? 'aborted' : 'saved';
    } finally {
      if (how === 'saved') this.#saved.add(uid);
      this.#observe({ kind: 'saveEnds', pod, uid, how });
    }
  }

  /** Calls to storage that checks tokens take time. Storage that does not is correct only if its calls act at once. */
  async #toStorage<T>(ask: () => T): Promise<T> {
    if (!this.#storage.checks) return ask();
    return this.#pod.callOutside(this.#storageMs(), ask);
  }
}
