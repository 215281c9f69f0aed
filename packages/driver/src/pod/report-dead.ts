import type { CallOptions, Executors } from '@stateful-route/core';
import type { PodIdentity } from '../config/from-env.ts';

/** One life of a pod's process. */
export interface PodIncarnation extends PodIdentity {
  /** As the pod's entry has it: `StatefulServiceState.incarnation`. */
  readonly incarnation: string;
}

/**
 * Ends the lease of a pod at once, of which you have proof that its process has ended: callers place its users on other pods
 * without waiting for the lease. A process of the ordinal that starts later is not affected.
 *
 * Returns whether the pod has an entry; safe to repeat. Rejects with `FENCED`, without a change, if the entry is another
 * incarnation's, and as the store's calls do. While a process that was reported dead lives on, its users are served on two pods
 * until its next heartbeat, which fences it.
 *
 * @example
 * const { pods } = await executors.stateful.getServiceState('game', 'room');
 * const incarnation = pods.get(3)?.incarnation;
 * // … the process of that incarnation is gone …
 * if (incarnation) await reportDead(executors, { namespace: 'game', serviceName: 'room', podId: 3, incarnation });
 */
export function reportDead(
  { stateful }: Pick<Executors, 'stateful'>,
  { namespace, serviceName, podId, incarnation }: PodIncarnation,
  options: CallOptions = {},
): Promise<boolean> {
  return stateful.reportDead(namespace, serviceName, podId, { ...options, incarnation });
}
