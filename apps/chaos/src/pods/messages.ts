/** A pod that serves one user in its own namespace. */
export interface PodToRun {
  readonly namespace: string;
  readonly leaseMs: number;
  readonly uid: string;
}

/** Messages to a process of pods. */
export type ToPods =
  | { readonly type: 'start'; readonly redis: string; readonly pods: readonly PodToRun[] }
  /** Pause in the middle of a write: the pod has checked that it holds the user, and has not sent the write yet. */
  | { readonly type: 'pause' };

/** Messages from a process of pods. Times are those of `machineTime()`. */
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
  /** The process continues. `fenced`: whether the pod knew at once that it is fenced. */
  | { readonly type: 'resumed'; readonly namespace: string; readonly fenced: boolean }
  /** The pod is back with a new incarnation. `held`: whether it still holds the user. */
  | { readonly type: 'back'; readonly namespace: string; readonly held: boolean };
