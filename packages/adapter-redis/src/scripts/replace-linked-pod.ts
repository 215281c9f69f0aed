import type { ReplaceResult } from '@stateful-route/core/adapter';
import { flag, list, optional, podId } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const replaceLinkedPod: Script<
  'link' | 'token' | 'links',
  | 'serviceName'
  | 'from'
  | 'to'
  | 'persistSeconds'
  | 'onlyIfTemporary'
  | 'ifToken'
  | 'why'
  | 'by'
  | 'unservedMs'
  | 'despitePin',
  ReplaceResult
> = defineScript({
  name: 'replace-linked-pod',
  keys: ['link', 'token', 'links'],
  args: [
    'serviceName',
    'from',
    'to',
    'persistSeconds',
    'onlyIfTemporary',
    'ifToken',
    'why',
    'by',
    'unservedMs',
    'despitePin',
  ],
  writes: true,
  decode(reply) {
    const [linked, inForce, pin] = list(reply);
    return { linked: flag(linked), podId: optional(podId)(inForce), pinnedTo: optional(podId)(pin) };
  },
});
