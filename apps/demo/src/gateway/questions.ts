/** The users whose pods a gateway is asking for: whoever asks meanwhile shares the answer, and the round trip. */
export class Questions {
  readonly #asked = new Map<string, number>();

  has(uid: string): boolean {
    return this.#asked.has(uid);
  }

  /** Notes a question; returns what notes its answer, once. */
  begin(uid: string): () => void {
    this.#asked.set(uid, (this.#asked.get(uid) ?? 0) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      const left = this.#asked.get(uid)! - 1;
      if (left > 0) this.#asked.set(uid, left);
      else this.#asked.delete(uid);
    };
  }
}
