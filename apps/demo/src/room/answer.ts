/** What a pod answers to a request for a user. */
export type Answer =
  | { readonly kind: 'served'; readonly served: Served }
  /** The pod does not hold the user, and will not: HTTP 421. */
  | { readonly kind: 'not-mine' };

/** A request that was served, with what an observer needs to judge it. */
export interface Served {
  readonly podId: number;
  /** How often the pod has served the user since it holds them. */
  readonly visits: number;
  /** Whether the pod held the user when it answered. */
  readonly held: boolean;
  /** The user's owner in the directory, read while the pod served, past everything that is under test. */
  readonly ownerSeen: number | undefined;
}
