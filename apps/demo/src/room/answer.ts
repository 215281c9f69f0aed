/** A pod's answer to a request. */
export type Answer =
  | { readonly kind: 'served'; readonly served: Served }
  /** The pod does not hold the user and cannot claim them: HTTP 421. */
  | { readonly kind: 'not-mine' };

/** A served request, with what is needed to find misroutes. */
export interface Served {
  readonly podId: number;
  /** How many requests of the user the pod has served in this hold. */
  readonly visits: number;
  /** Whether the pod held the user when it answered. */
  readonly held: boolean;
  /** The user's owner in the directory, read past the driver while the pod served. */
  readonly ownerSeen: number | undefined;
}
