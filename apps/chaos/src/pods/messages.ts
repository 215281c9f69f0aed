/** One pod of many in a process: it serves one user, in a namespace of its own. */
export interface PodToRun {
  readonly namespace: string;
  readonly leaseMs: number;
  readonly uid: string;
}

/** What a process of pods is told. */
export type ToPods =
  | { readonly type: 'start'; readonly redis: string; readonly pods: readonly PodToRun[] }
  /** Stop in the middle of a write: the pod has found that it holds the user, and has not sent the write yet. */
  | { readonly type: 'pause' };

/** What a process of pods tells. Times are of the machine's monotonic clock. */
export type FromPods =
  | {
      readonly type: 'claimed';
      readonly namespace: string;
      readonly token: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly type: 'started' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'write'; readonly namespace: string; readonly token: number; readonly late: boolean }
  /** It goes on after the pause, and says what it knew at once: whether its fence was up before anything else ran. */
  | { readonly type: 'resumed'; readonly namespace: string; readonly fenced: boolean }
  /** It has come back as a new life; `held` says whether the user is still its own. */
  | { readonly type: 'back'; readonly namespace: string; readonly held: boolean };
