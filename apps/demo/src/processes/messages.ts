import type { RebalanceOptions, RouteConfigInput } from '@stateful-route/driver';

/** Messages to a pod's process. */
export type ToPod =
  | {
      readonly type: 'start';
      readonly podId: number;
      readonly redis: string;
      readonly namespace: string;
      readonly config: RouteConfigInput;
      readonly rebalance?: RebalanceOptions | undefined;
      /** Users leave who send no request for so many seconds. Absent: nobody leaves. */
      readonly idleSeconds?: number | undefined;
    }
  | { readonly type: 'stop' };

/** Messages from a pod's process. Times are those of `machineTime()`. */
export type FromPod =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'opened'; readonly uid: string; readonly token: number; readonly at: number }
  | {
      readonly type: 'closed';
      readonly uid: string;
      readonly at: number;
      readonly movesTo?: number | undefined;
    };
