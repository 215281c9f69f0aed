/** The users whose pods a gateway is looking up. Requests of one user share the lookup. */
export class PendingLookups {
  readonly #pending = new Map<string, number>();

  has(uid: string): boolean {
    return this.#pending.has(uid);
  }

  /** Notes a lookup. Returns a function that notes its end. */
  begin(uid: string): () => void {
    this.#pending.set(uid, (this.#pending.get(uid) ?? 0) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = this.#pending.get(uid)! - 1;
      if (left > 0) this.#pending.set(uid, left);
      else this.#pending.delete(uid);
    };
  }
}
