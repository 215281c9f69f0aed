import type { SetLinkedPodResult } from '@stateful-route/core/adapter';
import { integer, list, optional, podId } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setLinkedPod: Script<
  'link' | 'token' | 'links',
  | 'serviceName'
  | 'podId'
  | 'persistSeconds'
  | 'incarnation'
  | 'leaseMs'
  | 'minToken'
  | 'channel'
  | 'uid'
  | 'by',
  SetLinkedPodResult
> = defineScript({
  name: 'set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: [
    'serviceName',
    'podId',
    'persistSeconds',
    'incarnation',
    'leaseMs',
    'minToken',
    'channel',
    'uid',
    'by',
  ],
  writes: true,
  decode(reply) {
    const [previous, token] = list(reply);
    return { previous: optional(podId)(previous), token: optional(integer)(token) };
  },
});
