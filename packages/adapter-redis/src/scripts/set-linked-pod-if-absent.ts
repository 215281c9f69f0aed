import type { LinkInForce } from '@stateful-route/core';
import { linkFrom } from './link-reply.ts';
import { flag, list } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const setLinkedPodIfAbsent: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds',
  LinkInForce
> = defineItemScript({
  name: 'set-linked-pod-if-absent',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds'],
  writes: true,
  decode(reply) {
    const [created, ...link] = list(reply);
    return { created: flag(created), ...linkFrom(link) };
  },
});
