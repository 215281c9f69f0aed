import type { RedisConnectionOptions } from './redis-client.ts';

/** Whether a client reconnects when a replica refuses its write; 2 if it also sends the write again. */
export function leavesReplicas({ reconnectOnError }: RedisConnectionOptions): boolean | 1 | 2 {
  try {
    return reconnectOnError?.(new Error("READONLY You can't write against a read only replica.")) ?? false;
  } catch {
    return false;
  }
}
