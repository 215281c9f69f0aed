/**
 * The application that all examples serve: a room that counts its users' visits, in the memory of the one pod that
 * holds the user.
 *
 * It shows the four moments at which an application meets the driver: a user comes (`claim`, or `refuse`), a user goes
 * (save, then `release`), a user is handed over to another pod (`onHandOff`: save; the driver moves the link), and a user
 * was taken away (`claimsLost`: throw the state away, it is another pod's now).
 */
import { isRouteError, type StatefulRouteForServerDriver } from '@stateful-route/driver';

/** How long other pods get to take the users of one that closes. Below `terminationGracePeriodSeconds`. */
const HAND_OVER_MS = 5_000;

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
    pod.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#forget(uid);
    });
  }

  /** Counts a visit, and returns how many there were; `undefined` for a user that is not this pod's. */
  async visit(uid: string): Promise<number | undefined> {
    if (!(await this.enter(uid))) return undefined;
    const guest = this.#guests.get(uid);
    return guest && ++guest.visits;
  }

  /** Takes the user in; the signal fires when the user goes. `undefined` for a user that is not this pod's. */
  async enter(uid: string): Promise<AbortSignal | undefined> {
    if (!(await this.#isMine(uid))) return undefined;
    let guest = this.#guests.get(uid);
    if (!guest) {
      guest = { visits: this.#saved.get(uid) ?? 0, gone: new AbortController() };
      this.#guests.set(uid, guest);
    }
    return guest.gone.signal;
  }

  /** Lets the user go. From the call of `release` on the user is not served here: nothing comes after what was saved. */
  async leave(uid: string): Promise<void> {
    const guest = this.#guests.get(uid);
    if (!guest) return;
    this.#saved.set(uid, guest.visits);
    this.#forget(uid);
    await this.#pod.release(uid);
  }

  /** Saves a user whom the driver has stopped serving here, and moves to another pod when this returns. */
  handOver(uid: string): void {
    const guest = this.#guests.get(uid);
    if (!guest) return;
    this.#saved.set(uid, guest.visits);
    this.#forget(uid);
  }

  /** Hands everybody over, before the pod stops; whom no other pod can take is saved and released. */
  async close(): Promise<void> {
    if (this.#guests.size === 0) return;
    await this.#pod.drain({ onHandOff: ({ uid }) => this.handOver(uid), deadlineMs: HAND_OVER_MS });
    await Promise.all([...this.#guests.keys()].map((uid) => this.leave(uid)));
  }

  async #isMine(uid: string): Promise<boolean> {
    if (this.#pod.holds(uid)) return true;
    try {
      if (this.#pod.getRoutingState() === 'READY') return (await this.#pod.claim(uid)).claimed;
      // A pod that takes nobody new removes the link that led here, so that the caller's next question leads elsewhere.
      await this.#pod.refuse(uid);
      return false;
    } catch (error) {
      // Not started yet, stopping, or displaced by another process of this ordinal: nobody is this pod's.
      if (isRouteError(error, 'NOT_RUNNING') || isRouteError(error, 'FENCED')) return false;
      throw error;
    }
  }

  #forget(uid: string): void {
    const guest = this.#guests.get(uid);
    this.#guests.delete(uid);
    guest?.gone.abort();
  }
}
