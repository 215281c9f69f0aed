import type { RouteConfigInput } from '@stateful-route/driver';

/** What a pod's process is told. */
export type ToPod =
  | {
      readonly type: 'start';
      readonly podId: number;
      readonly redis: string;
      readonly namespace: string;
      readonly config: RouteConfigInput;
    }
  | { readonly type: 'stop' };

/** What a pod's process tells. Times are of the machine's monotonic clock, see `machineTime` of the lab. */
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
