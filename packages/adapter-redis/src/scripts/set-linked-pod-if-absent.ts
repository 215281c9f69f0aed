import type { LinkInForce } from '@stateful-route/core';
import { linkInForce } from '../stored/replies.ts';
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
  usual: [
    ({ podId, persistSeconds }): LinkInForce => ({
      podId: Number(podId),
      permanent: false,
      token: undefined,
      incarnation: undefined,
      ownerLeaseMs: undefined,
      ttlMs: Number(persistSeconds) * 1_000,
      created: true,
    }),
  ],
});
