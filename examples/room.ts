/**
 * The application of all examples: a room that counts its users' visits, in the memory of the pod that holds the user.
 *
 * It shows the four moments at which an application meets the driver. A user comes: `claim`, or `refuse`. A user leaves: save,
 * then `release`. A user is handed over: save in `onHandOff`; then the driver moves the link, or ends it if there is no other
 * pod. A claim is lost: drop the state at `claimsLost`, as another pod may hold the user now.
 */
import { isRouteError, type StatefulRouteForServerDriver } from '@stateful-route/driver';

/** The state that outlives a pod. In production: a database that refuses smaller tokens, as in `token-storage`. */
export type SavedVisits = Map<string, number>;

interface Guest {
  visits: number;
  /** Aborted when this pod no longer holds the user. */
  readonly gone: AbortController;
}

export class Room {
  readonly #pod: StatefulRouteForServerDriver;
  readonly #saved: SavedVisits;
  readonly #guests = new Map<string, Guest>();

  constructor(pod: StatefulRouteForServerDriver, saved: SavedVisits = new Map()) {
    this.#pod = pod;
    this.#saved = saved;
    // By then `holds` is false for the user.
    pod.onHandOff(({ uid }) => this.#save(uid));
    pod.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#forget(uid);
    });
  }

  /** Counts a visit and returns the count; `undefined` if this pod does not hold the user. */
  async visit(uid: string): Promise<number | undefined> {
    if (!(await this.enter(uid))) return undefined;
    // The user may have left meanwhile; a visit counted now would be lost.
    const guest = this.#pod.holds(uid) ? this.#guests.get(uid) : undefined;
    return guest && ++guest.visits;
  }

  /** Claims the user; the signal is aborted when the user goes. `undefined` if this pod does not hold the user. */
  async enter(uid: string): Promise<AbortSignal | undefined> {
    if (!this.#pod.holds(uid)) await this.#claim(uid);
    if (!this.#pod.holds(uid)) return undefined;
    let guest = this.#guests.get(uid);
    if (!guest) {
      guest = { visits: this.#saved.get(uid) ?? 0, gone: new AbortController() };
      this.#guests.set(uid, guest);
    }
    return guest.gone.signal;
  }

  /** Releases the user. `holds` is false as soon as `release` is called, so nothing changes after the save. */
  async leave(uid: string): Promise<void> {
    this.#save(uid);
    await this.#pod.release(uid);
  }

  async #claim(uid: string): Promise<void> {
    try {
      if (this.#pod.getRoutingState() === 'READY') await this.#pod.claim(uid);
      // A pod that takes no new users removes the link, so that the caller's next look-up finds another pod.
      else await this.#pod.refuse(uid);
    } catch (error) {
      // Not started, stopping, or displaced by another process of this ordinal: this pod holds nobody.
      if (!isRouteError(error, 'NOT_RUNNING') && !isRouteError(error, 'FENCED')) throw error;
    }
  }

  #save(uid: string): void {
    const guest = this.#guests.get(uid);
    if (!guest) return;
    this.#saved.set(uid, guest.visits);
    this.#forget(uid);
  }

  #forget(uid: string): void {
    const guest = this.#guests.get(uid);
    this.#guests.delete(uid);
    guest?.gone.abort();
  }
}
