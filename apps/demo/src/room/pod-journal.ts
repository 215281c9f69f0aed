/** A pod's record of the users that it serves. An entry has the time of the call. */
export interface PodJournal {
  /** The pod serves the user from now on. Resolves when the entry would survive the pod's death. */
  opened(uid: string, token: number): Promise<void>;
  /** The pod no longer serves the user. `movesTo` is the pod to which it hands the user off. */
  closed(uid: string, movesTo?: number): Promise<void>;
}
