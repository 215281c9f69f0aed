/** The directory's entry (namespace, uid, service) → podId. */
export interface Link {
  readonly podId: number;
  /** True for a claim, false for a temporary link. */
  readonly permanent: boolean;
  /** The claim's token; `undefined` for a temporary link, and for a claim that a writer without tokens made. */
  readonly token?: number | undefined;
  /** The incarnation that made the claim, where it gave one. */
  readonly incarnation?: string | undefined;
  /** How long a temporary link still lives. */
  readonly ttlMs?: number | undefined;
}

/** The link in force after a set-if-absent. */
export interface LinkInForce extends Link {
  /** True when this call made the link. */
  readonly created: boolean;
}

/** The outcome of `trySetLinkedPod`. */
export interface TrySetResult {
  /** Whether the link now is as asked for. */
  readonly linked: boolean;
  /** The pod in force; `undefined` only when an asserted token was refused and no link stands. */
  readonly podId?: number | undefined;
  /** The pod that was linked before the call. */
  readonly previous?: number | undefined;
  /** The token of the claim in force. */
  readonly token?: number | undefined;
}

/** The outcome of `replaceLinkedPod`. */
export interface ReplaceResult {
  /** Whether the link now names the new pod. */
  readonly linked: boolean;
  /** The pod in force; `undefined` when there is no link. */
  readonly podId?: number | undefined;
}
