import type { LinkInForce } from '@stateful-route/core';
import { linkInForce, placedAsAsked } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setLinkedPodIfAbsent: Script<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds',
  LinkInForce
> = defineScript({
  name: 'set-linked-pod-if-absent',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds'],
  writes: true,
  decode: linkInForce,
  usual: [placedAsAsked],
});
