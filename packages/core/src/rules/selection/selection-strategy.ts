import type { PodMetadata } from '../../domain/stateful-service-state.ts';

/** A pod as a strategy sees it. */
export interface PodView {
  readonly podId: number;
  /** The reported load plus what this caller has added since that report. */
  readonly loadState: number;
  readonly metadata: PodMetadata;
}

/** The context of a choice. */
export interface SelectionContext {
  /** The user to place, if the choice is for one. */
  readonly uid?: string | undefined;
  /** A random number in [0, 1). Use it rather than `Math.random`, so that tests are repeatable. */
  readonly random: () => number;
  /** How many other callers place users. */
  readonly peers: number;
  /** How many users this caller has placed in the service so far. */
  readonly placements: number;
}

/** What strategies that choose by load compare: the lower one wins. */
export function loadOf({ loadState }: Pick<PodView, 'loadState'>): number {
  return loadState;
}

/** Chooses the pod for a new user. A strategy has no state, so a choice that is not used changes nothing. */
export interface SelectionStrategy {
  /** @param pods - the candidates, by ascending ordinal. Returns `undefined` if there are none. */
  pick(pods: readonly PodView[], context: SelectionContext): PodView | undefined;
  /** What `pick` compares pods by, for `explain` to show. A strategy that does not compare pods has none. */
  score?(pod: PodView, context: Pick<SelectionContext, 'uid'>): number | undefined;
}
