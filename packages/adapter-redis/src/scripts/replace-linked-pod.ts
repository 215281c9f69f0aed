import type { ReplaceResult } from '@stateful-route/core/adapter';
import { flag, list, optional, podId, refusedFor } from '../stored/replies.ts';
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
  | 'despitePin'
  | 'diedAt'
  | 'othersFell'
  | 'poison',
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
    'diedAt',
    'othersFell',
    'poison',
  ],
  writes: true,
  decode(reply) {
    const [linked, inForce, refused] = list(reply);
    const found = { linked: flag(linked), podId: optional(podId)(inForce) };
    return refused === 's' ? { ...found, suspected: true } : { ...found, ...refusedFor(refused) };
  },
});
