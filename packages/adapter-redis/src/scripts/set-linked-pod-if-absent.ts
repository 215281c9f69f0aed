import type { LinkInForce } from '@stateful-route/core';
import { linkFrom } from './link-reply.ts';
import { flag, list } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const setLinkedPodIfAbsent: Script<
  'link' | 'links' | 'token',
  'serviceName' | 'podId' | 'persistSeconds',
  LinkInForce
> = defineScript({
  name: 'set-linked-pod-if-absent',
  keys: ['link', 'links', 'token'],
  args: ['serviceName', 'podId', 'persistSeconds'],
  writes: true,
  decode(reply) {
    const [created, pod, ttlMs, token, incarnation] = list(reply);
    return { created: flag(created), ...linkFrom(pod, ttlMs, token, incarnation) };
  },
});
