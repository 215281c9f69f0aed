import { flag } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const removeLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'token' | 'keepSeconds',
  boolean
> = defineItemScript({
  name: 'remove-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'token', 'keepSeconds'],
  writes: true,
  decode: flag,
});
