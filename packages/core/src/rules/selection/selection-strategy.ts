import type { PodMetadata } from '../../domain/stateful-service-state.ts';

/** A pod as a strategy sees it. */
export interface PodView {
  readonly podId: number;
  /** The load it reported, and what this picker has added since that report. */
  readonly loadState: number;
  readonly metadata: PodMetadata;
}

/** What a strategy may know beside the pods. */
export interface SelectionContext {
  /** The user to be placed, where the question is about one. */
  readonly uid?: string | undefined;
  /** Chance, handed in: a number in [0, 1). */
  readonly random: () => number;
  /** How many callers place users beside this one. */
  readonly peers: number;
  /** How many users this picker has placed in the service so far. */
  readonly placements: number;
}

/** Chooses the pod for a new user. A strategy keeps no state of its own, so a question changes nothing. */
export interface SelectionStrategy {
  /** @param pods - those that may be chosen, by ascending ordinal; `undefined` is returned when there are none. */
  pick(pods: readonly PodView[], context: SelectionContext): PodView | undefined;
}
