/**
 * The room with a storage behind it, and the order in which an application uses a claim's token:
 *
 * 1. claim: the directory makes this pod the owner, and the token is greater than those of all owners before;
 * 2. register the token at the storage, which from then on refuses theirs, and only then load;
 * 3. write under the token; when the storage refuses, somebody else owns the user: drop what is in memory.
 */
import type { StatefulRouteForServerDriver } from '@stateful-route/driver';
import type { VisitsStorage } from './visits-storage.ts';

/** How often a claim is made anew because the storage has seen a higher token meanwhile. */
const CLAIMS_MAX = 3;

interface Guest {
  readonly token: number;
  count: number;
}

export class StoredRoom {
  readonly #pod: StatefulRouteForServerDriver;
  readonly #storage: VisitsStorage;
  readonly #guests = new Map<string, Promise<Guest | undefined>>();

  constructor(pod: StatefulRouteForServerDriver, storage: VisitsStorage) {
    this.#pod = pod;
    this.#storage = storage;
    pod.on('claimsLost', ({ uids }) => {
      for (const uid of uids) this.#guests.delete(uid);
    });
    // When the pod serves again its claims have new tokens: each is registered, and loaded, when its user comes.
    pod.on('fenced', () => this.#guests.clear());
  }

  /**
   * Counts a visit, and returns how many there were; `undefined` for a user that is not this pod's.
   *
   * @param work - what a visit takes; the pod may be paused, cut off or replaced while it lasts
   */
  async visit(uid: string, work: () => Promise<void> = async () => {}): Promise<number | undefined> {
    const guest = await this.#guestOf(uid);
    if (!guest || !this.#pod.holds(uid)) return undefined;
    await work();
    const count = guest.count + 1;
    if (!this.#storage.save(uid, guest.token, count)) {
      this.#guests.delete(uid);
      return undefined;
    }
    guest.count = count;
    return count;
  }

  #guestOf(uid: string): Promise<Guest | undefined> {
    const known = this.#guests.get(uid);
    if (known) return known;
    const opening = this.#open(uid);
    this.#guests.set(uid, opening);
    const forget = (): void => {
      if (this.#guests.get(uid) === opening) this.#guests.delete(uid);
    };
    opening.then((guest) => {
      if (!guest) forget();
    }, forget);
    return opening;
  }

  async #open(uid: string): Promise<Guest | undefined> {
    let minToken: number | undefined;
    for (let attempt = 0; attempt < CLAIMS_MAX; attempt++) {
      const claim = await this.#pod.claim(uid, { minToken });
      if (!claim.claimed) return undefined;
      const { token } = claim;
      const registration = this.#storage.register(uid, token);
      if (registration.accepted) return { token, count: registration.count };
      // The directory does not know of an owner that the storage has seen, as after a failover that lost a claim.
      minToken = registration.token + 1;
    }
    await this.#pod.release(uid);
    return undefined;
  }
}
