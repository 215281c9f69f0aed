import type { Reason } from './reason.ts';

/** The pod that an operator wants a user to be placed on. */
export interface Pin {
  readonly podId: number;
  /** The person or program that pinned the user, if it was named. */
  readonly by?: string | undefined;
  /** The store's time of the pin, ms since the epoch. */
  readonly at: number;
}

/** The directory's entry (namespace, uid, service) → podId. */
export interface Link {
  readonly podId: number;
  /** True for a claim, false for a temporary link. */
  readonly permanent: boolean;
  /** The claim's token; `undefined` for a temporary link, and for a claim by a writer that knows no tokens. */
  readonly token?: number | undefined;
  /** The incarnation that made the claim, if it gave one. */
  readonly incarnation?: string | undefined;
  /** The lease in ms of the pod that made the claim, if it gave one. */
  readonly ownerLeaseMs?: number | undefined;
  /** The remaining time to live of a temporary link. */
  readonly ttlMs?: number | undefined;
  /** Why the user is linked to the pod; `undefined` for a claim of the older sides, or of an earlier release. */
  readonly reason?: Reason | undefined;
  /** The user's pin, whatever the link says, in what `getLink`, and `batchGetLink` with `pins`, return. */
  readonly pin?: Pin | undefined;
}

/** All that the store has of a user's link, with the store's time. */
export interface LinkReading extends Partial<Omit<Link, 'permanent'>> {
  /** True for a claim; false for a temporary link or none. */
  readonly permanent: boolean;
  /** The last token of a claim that was ended on purpose; `undefined` while the record has an owner. */
  readonly endedToken?: number | undefined;
  /** The store's time until which the user is quarantined, if that is not over. */
  readonly quarantinedUntil?: number | undefined;
  /** The store's time, ms since the epoch. */
  readonly storeTime: number;
}

/** The outcome of `setLinkedPod`. */
export interface SetLinkedPodResult {
  /** The pod that was linked before the call. */
  readonly previous?: number | undefined;
  /** The new claim's token; `undefined` for a temporary link. */
  readonly token?: number | undefined;
}

/** The link in force after a set-if-absent. */
export interface LinkInForce extends Link {
  readonly pinnedTo?: undefined;
  readonly quarantinedUntil?: undefined;
  /** True when this call made the link. */
  readonly created: boolean;
}

/** Why a user is not linked to a pod although nothing else forbids it. */
export interface RefusedFor {
  /** The pod that the user is pinned to. */
  readonly pinnedTo?: number | undefined;
  /** The store's time until which the user is quarantined, ms since the epoch. */
  readonly quarantinedUntil?: number | undefined;
}

/** The outcome of a set-if-absent that was refused: the user has no link, and is pinned to another pod or quarantined. */
export interface PlacementRefused extends RefusedFor, Readonly<Partial<Record<keyof Link, undefined>>> {
  readonly created: false;
}

/** The outcome of `setLinkedPodIfAbsent`. */
export type PlacementResult = LinkInForce | PlacementRefused;

/** The outcome of `trySetLinkedPod`. */
export interface TrySetResult extends RefusedFor {
  /** Whether the link now is the requested one. */
  readonly linked: boolean;
  /**
   * The pod in force; `undefined` only if there is no link, after a condition failed, an asserted token was refused, or for a pin.
   */
  readonly podId?: number | undefined;
  /** The pod that was linked before the call. */
  readonly previous?: number | undefined;
  /** The token of the claim in force. */
  readonly token?: number | undefined;
  /**
   * For how long nobody served the user, in ms by the store's clock, if this claim follows a hand-off or a take-over: since the
   * hand-off began, or since the last heartbeat of the owner before.
   */
  readonly gapMs?: number | undefined;
}

/** The outcome of `replaceLinkedPod`. */
export interface ReplaceResult extends RefusedFor {
  /** Whether the link now names the new pod. */
  readonly linked: boolean;
  /** The pod in force; `undefined` when there is no link. */
  readonly podId?: number | undefined;
  /**
   * Nothing was written but the deaths: there are as many as `DEATHS_MAX` held against the user. The caller asks the service
   * (`quarantineUser`), and repeats the call with its answer.
   */
  readonly suspected?: boolean | undefined;
}
