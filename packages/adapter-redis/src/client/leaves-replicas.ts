import type { RedisConnectionOptions } from './redis-client.ts';

/** Whether a client connects anew when a server refuses a write as it is a replica; 2: and sends what was refused again. */
export function leavesReplicas({ reconnectOnError }: RedisConnectionOptions): boolean | 1 | 2 {
  try {
    return reconnectOnError?.(new Error("READONLY You can't write against a read only replica.")) ?? false;
  } catch {
    return false;
  }
}
