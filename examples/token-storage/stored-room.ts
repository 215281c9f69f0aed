/**
 * The room with a storage, and the order in which an application uses a claim's token:
 *
 * 1. Claim: this pod becomes the owner, and its token is greater than those of all earlier owners.
 * 2. Register the token in the storage, which from then on refuses smaller ones. Only then load the state.
 * 3. Write with the token. If the storage refuses, another pod owns the user: drop the state.
 */
import type { StatefulRouteForServerDriver } from '@stateful-route/driver';
import type { VisitsStorage } from './visits-storage.ts';

/** How often to claim when the storage has seen a higher token. */
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
    // When the pod returns, its claims have new tokens: each is registered, and loaded, when its user comes.
    pod.on('fenced', () => this.#guests.clear());
  }

  /**
   * Counts a visit and returns the count; `undefined` if this pod does not own the user.
   *
   * @param work - the work of a visit. The pod may be paused, cut off or replaced meanwhile.
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
      // The storage has seen an owner that the directory does not know, as after a failover that lost a claim.
      minToken = registration.token + 1;
    }
    await this.#pod.release(uid);
    return undefined;
  }
}
