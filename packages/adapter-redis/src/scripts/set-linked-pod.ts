import { optional, podId } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const setLinkedPod: Script<
  'link' | 'links' | 'token',
  'serviceName' | 'podId' | 'persistSeconds',
  number | undefined
> = defineScript({
  name: 'set-linked-pod',
  keys: ['link', 'links', 'token'],
  args: ['serviceName', 'podId', 'persistSeconds'],
  writes: true,
  decode: optional(podId),
});
