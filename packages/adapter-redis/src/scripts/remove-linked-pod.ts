import { flag } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeLinkedPod: Script<
  'link' | 'links' | 'token',
  'serviceName' | 'podId' | 'token' | 'keepSeconds',
  boolean
> = defineScript({
  name: 'remove-linked-pod',
  keys: ['link', 'links', 'token'],
  args: ['serviceName', 'podId', 'token', 'keepSeconds'],
  writes: true,
  decode: flag,
});
