import { optional, podId } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const setLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds',
  number | undefined
> = defineItemScript({
  name: 'set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds'],
  writes: true,
  decode: optional(podId),
});
