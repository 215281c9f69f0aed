import type { TrySetResult } from '@stateful-route/core';
import { flag, integer, list, optional, podId } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

/** The reply of both scripts that try a link. */
export function trySetResult(reply: unknown): TrySetResult {
  const [linked, inForce, previous, token] = list(reply);
  return {
    linked: flag(linked),
    podId: optional(podId)(inForce),
    previous: optional(podId)(previous),
    token: optional(integer)(token),
  };
}

export const trySetLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds' | 'incarnation' | 'minToken',
  TrySetResult
> = defineItemScript({
  name: 'try-set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds', 'incarnation', 'minToken'],
  writes: true,
  decode: trySetResult,
});
