/** Where a pod writes down whom it serves, from when until when. Each entry is stamped when the method is called. */
export interface PodJournal {
  /** From now on the pod serves the user. Resolves when the entry outlives the pod. */
  opened(uid: string, token: number): Promise<void>;
  /** From now on it does not; `movesTo` is the pod that it hands the user over to. */
  closed(uid: string, movesTo?: number): Promise<void>;
}
