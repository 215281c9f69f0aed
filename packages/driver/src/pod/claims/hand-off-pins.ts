import type { ClaimStore } from './claim-store.ts';

/** The pods that users who are handed over are pinned to. Each user's pin is read once, with those of the others. */
export class HandOffPins {
  readonly #store: ClaimStore;
  readonly #pins = new Map<string, number | undefined>();

  constructor(store: ClaimStore) {
    this.#store = store;
  }

  /** Reads the pins of those who are not known yet. Rejects if the store fails. */
  async read(uids: readonly string[]): Promise<void> {
    const unknown = uids.filter((uid) => !this.#pins.has(uid));
    if (unknown.length === 0) return;
    const pins = await this.#store.pinsOf(unknown);
    for (const uid of unknown) this.#pins.set(uid, pins.get(uid));
  }

  of(uid: string): number | undefined {
    return this.#pins.get(uid);
  }

  forget(): void {
    this.#pins.clear();
  }
}
