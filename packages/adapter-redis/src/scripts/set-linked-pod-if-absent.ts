import type { PlacementResult } from '@stateful-route/core';
import { placedAsAsked, placementResult } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setLinkedPodIfAbsent: Script<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds' | 'despitePin',
  PlacementResult
> = defineScript({
  name: 'set-linked-pod-if-absent',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds', 'despitePin'],
  writes: true,
  decode: placementResult,
  usual: [placedAsAsked],
});
