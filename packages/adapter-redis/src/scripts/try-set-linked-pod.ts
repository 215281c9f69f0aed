import type { TrySetResult } from '@stateful-route/core';
import { flag, integer, list, optional, podId, text } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

/** What becomes of a try: a result, or the incarnation of a later run, which fences the asking one. */
export type TrySetOutcome = TrySetResult | { readonly met: string };

export const trySetLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  | 'serviceName'
  | 'podId'
  | 'persistSeconds'
  | 'incarnation'
  | 'leaseMs'
  | 'minToken'
  | 'assertToken'
  | 'condition',
  TrySetOutcome
> = defineItemScript({
  name: 'try-set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: [
    'serviceName',
    'podId',
    'persistSeconds',
    'incarnation',
    'leaseMs',
    'minToken',
    'assertToken',
    'condition',
  ],
  writes: true,
  decode(reply) {
    const [linked, inForce, previous, token] = list(reply);
    if (linked === 'FENCED') return { met: text(inForce) };
    return {
      linked: flag(linked),
      podId: optional(podId)(inForce),
      previous: optional(podId)(previous),
      token: optional(integer)(token),
    };
  },
});
