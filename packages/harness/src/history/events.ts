/*
 * The events of a recorded run. All times are of one monotonic clock, in ms. A call is an interval: it took effect, if at all,
 * at some time in it.
 */

/** A link that was observed or made. Unknown fields are absent. */
export interface LinkSeen {
  readonly podId?: number | undefined;
  readonly permanent?: boolean | undefined;
  readonly token?: number | undefined;
}

/** The condition of a write: what the link must have been. */
export type Requirement =
  /** There was none. */
  | { readonly type: 'absent' }
  /** There was no claim of another pod. */
  | { readonly type: 'no claim of another'; readonly podId: number }
  /** It named this pod, and carried this token if one is given. */
  | { readonly type: 'link'; readonly podId: number; readonly token?: number | undefined };

/** A change of a link. */
export interface LinkWrite {
  readonly type: 'write';
  readonly uid: string;
  readonly start: number;
  /** The time of the reply, or the deadline: the call must not act after it. */
  readonly end: number;
  /** `unknown`: it may have acted until `end`. `none`: it did not act. */
  readonly outcome: 'acknowledged' | 'unknown' | 'none';
  /** The link after the write. `undefined` for none. */
  readonly makes: LinkSeen | undefined;
  /** A temporary link's time to live, counted from `start`. */
  readonly ttlMs?: number | undefined;
  /** The incarnation of the claiming pod. */
  readonly incarnation?: string | undefined;
  /** The claim was asserted with its old token after the store had lost it. */
  readonly asserted?: boolean | undefined;
  readonly requires?: Requirement | undefined;
  /** The claim of the owner that was considered dead. */
  readonly takesOver?: { readonly podId: number; readonly token?: number | undefined } | undefined;
  /** The writing pod. `undefined` for a caller. */
  readonly by?: number | undefined;
}

/** A read of a link. */
export interface LinkRead {
  readonly type: 'read';
  readonly uid: string;
  readonly start: number;
  readonly end: number;
  readonly link: LinkSeen | undefined;
}

/** A pod served a user. It counts if the storage, which checks tokens, accepted it. */
export interface Serve {
  readonly type: 'serve';
  readonly uid: string;
  readonly podId: number;
  readonly token: number | undefined;
  readonly at: number;
  readonly accepted: boolean;
}

/** By this time a pod could serve, or could not any more: it was fenced, stopped or killed. */
export interface FenceChange {
  readonly type: 'serving' | 'fenced';
  readonly podId: number;
  readonly at: number;
}

/** The store may have lost acknowledged writes in this time, by a failover or an empty restart. */
export interface StoreLoss {
  readonly type: 'loss';
  readonly start: number;
  readonly end: number;
}

/** Any event of a history. */
export type HistoryEvent = LinkWrite | LinkRead | Serve | FenceChange | StoreLoss;
