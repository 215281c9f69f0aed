import type { ReplaceResult } from '@stateful-route/core';
import { flag, list, optional, podId } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const replaceLinkedPod: Script<
  'link' | 'links' | 'token',
  'serviceName' | 'from' | 'to' | 'persistSeconds' | 'onlyIfTemporary' | 'ifToken',
  ReplaceResult
> = defineScript({
  name: 'replace-linked-pod',
  keys: ['link', 'links', 'token'],
  args: ['serviceName', 'from', 'to', 'persistSeconds', 'onlyIfTemporary', 'ifToken'],
  writes: true,
  decode(reply) {
    const [linked, inForce] = list(reply);
    return { linked: flag(linked), podId: optional(podId)(inForce) };
  },
});
