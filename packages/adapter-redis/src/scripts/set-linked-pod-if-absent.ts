import type { LinkInForce } from '@stateful-route/core';
import { linkInForce } from '../stored/link-reply.ts';
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
  decode: linkInForce,
});
