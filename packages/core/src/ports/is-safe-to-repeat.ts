import type { PortCall } from './decorate-executors.ts';

/**
 * Whether a call whose outcome is unknown may be made again: what it asks for is then done once, or refused. The others
 * would do it twice, or undo what somebody did in between.
 */
export function isSafeToRepeat({ method, options }: Pick<PortCall, 'method' | 'options'>): boolean {
  if (method === 'setLinkedPod' || method === 'removeLinkedPod') return false;
  if (method !== 'removeLinkedPodWithId') return true;
  return (options as { readonly token?: number } | undefined)?.token !== undefined;
}
