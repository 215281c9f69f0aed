/**
 * The application that all examples serve: a room that counts its users' visits, in the memory of the one pod that
 * holds the user.
 *
 * It shows the four moments at which an application meets the driver: a user comes (`claim`, or `refuse`), a user goes
 * (save, then `release`), a user is handed over (`onHandOff`: save; the driver moves the link, or removes it where there
 * is no other pod), and a user was taken away (`claimsLost`: throw the state away, it is another pod's now).
 */
import { isRouteError, type StatefulRouteForServerDriver } from '@stateful-route/driver';

/** What outlives a pod: in earnest a database that refuses tokens smaller than one it has seen, as in `token-storage`. */
export type SavedVisits = Map<string, number>;

interface Guest {
  visits: number;
  /** Fires when the user is no longer this pod's. */
  readonly gone: AbortController;
}

export class Room {
  readonly #pod: StatefulRouteForServerDriver;
  readonly #saved: SavedVisits;
  readonly #guests = new Map<string, Guest>();

  constructor(pod: StatefulRouteForServerDriver, saved: SavedVisits = new Map()) {
    this.#pod = pod;
    this.#saved = saved;
    // The driver has stopped serving the user here when it calls this.
    pod.onHandOff(({ uid }) => this.#save(uid));
    pod.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#forget(uid);
    });
  }

  /** Counts a visit, and returns how many there were; `undefined` for a user that is not this pod's. */
  async visit(uid: string): Promise<number | undefined> {
    if (!(await this.enter(uid))) return undefined;
    // Whoever left since then is not served: what is counted now would be lost.
    const guest = this.#pod.holds(uid) ? this.#guests.get(uid) : undefined;
    return guest && ++guest.visits;
  }

  /** Takes the user in; the signal fires when the user goes. `undefined` for a user that is not this pod's. */
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

  /** Lets the user go. From the call of `release` on the user is not served here: nothing comes after what was saved. */
  async leave(uid: string): Promise<void> {
    this.#save(uid);
    await this.#pod.release(uid);
  }

  async #claim(uid: string): Promise<void> {
    try {
      if (this.#pod.getRoutingState() === 'READY') await this.#pod.claim(uid);
      // A pod that takes nobody new removes the link that led here, so that the caller's next question leads elsewhere.
      else await this.#pod.refuse(uid);
    } catch (error) {
      // Not started yet, stopping, or displaced by another process of this ordinal: nobody is this pod's.
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
