import { flag } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const removeLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'token' | 'onlyIfTemporary' | 'keepSeconds' | 'channel' | 'uid',
  boolean
> = defineItemScript({
  name: 'remove-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'token', 'onlyIfTemporary', 'keepSeconds', 'channel', 'uid'],
  writes: true,
  decode: flag,
});
