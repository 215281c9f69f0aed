/*
 * What is written down of a run. Times are of one monotonic clock, in ms; a call is an interval, and took effect, if it
 * did, at some moment in it.
 */

/** A link, as far as somebody saw or made it; a field that is not known is left out. */
export interface LinkSeen {
  readonly podId?: number | undefined;
  readonly permanent?: boolean | undefined;
  readonly token?: number | undefined;
}

/** What a link must have been for a change of it to be right. */
export type Requirement =
  /** There was none. */
  | { readonly type: 'absent' }
  /** No claim of another pod stood. */
  | { readonly type: 'no claim of another'; readonly podId: number }
  /** It named this pod, and carried this token if one is given. */
  | { readonly type: 'link'; readonly podId: number; readonly token?: number | undefined };

/** A change of a link. */
export interface LinkWrite {
  readonly type: 'write';
  readonly uid: string;
  readonly start: number;
  /** The reply, or the deadline: after it the call must not act any more. */
  readonly end: number;
  /** `unknown`: it may have acted until `end`. `none`: it was said not to have acted. */
  readonly outcome: 'acknowledged' | 'unknown' | 'none';
  /** The link afterwards; `undefined` for none. */
  readonly makes: LinkSeen | undefined;
  /** How long a temporary link lives at least, from `start`. */
  readonly ttlMs?: number | undefined;
  /** The life of the pod that claims. */
  readonly incarnation?: string | undefined;
  /** The claim was put back with its old token, after the store lost it. */
  readonly asserted?: boolean | undefined;
  readonly requires?: Requirement | undefined;
  /** The claim whose owner was taken for dead. */
  readonly takesOver?: { readonly podId: number; readonly token?: number | undefined } | undefined;
  /** The pod that made the change; `undefined` for a caller. */
  readonly by?: number | undefined;
}

/** A look at a link. */
export interface LinkRead {
  readonly type: 'read';
  readonly uid: string;
  readonly start: number;
  readonly end: number;
  readonly link: LinkSeen | undefined;
}

/** A pod served a user; it counts when the storage behind the pods, which checks tokens, accepted it. */
export interface Serve {
  readonly type: 'serve';
  readonly uid: string;
  readonly podId: number;
  readonly token: number | undefined;
  readonly at: number;
  readonly accepted: boolean;
}

/** A pod was seen to serve, or to have fenced itself (stopped, killed) by this moment. */
export interface FenceChange {
  readonly type: 'serving' | 'fenced';
  readonly podId: number;
  readonly at: number;
}

/** The store may have lost acknowledged writes in this time: a failover, or a server that came back empty. */
export interface StoreLoss {
  readonly type: 'loss';
  readonly start: number;
  readonly end: number;
}

/** Anything that is written down. */
export type HistoryEvent = LinkWrite | LinkRead | Serve | FenceChange | StoreLoss;
