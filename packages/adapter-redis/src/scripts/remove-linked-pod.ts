import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeLinkedPod: Script<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'token' | 'onlyIfTemporary' | 'keepSeconds' | 'channel' | 'uid',
  boolean
> = defineScript({
  name: 'remove-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'token', 'onlyIfTemporary', 'keepSeconds', 'channel', 'uid'],
  writes: true,
  decode: flag,
});
