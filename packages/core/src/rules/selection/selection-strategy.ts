import type { PodMetadata } from '../../domain/stateful-service-state.ts';

/** A pod as a strategy sees it. */
export interface PodView {
  readonly podId: number;
  /** The load that the pod reported, plus what this picker has placed since. */
  readonly loadState: number;
  readonly metadata: PodMetadata;
}

/** What a strategy gets beside the pods. */
export interface SelectionContext {
  /** The user to be placed, if there is one. */
  readonly uid?: string | undefined;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
  /** How many callers place users beside this one. */
  readonly peers: number;
  /** How many users this picker has placed in the service so far. */
  readonly placements: number;
}

/** Picks the pod for a new user. A strategy has no state of its own, so a pick changes nothing. */
export interface SelectionStrategy {
  /** @param pods - those that may be picked, by ascending ordinal. Returns `undefined` if there are none. */
  pick(pods: readonly PodView[], context: SelectionContext): PodView | undefined;
}
