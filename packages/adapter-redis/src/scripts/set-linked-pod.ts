import type { SetLinkedPodResult } from '@stateful-route/core/adapter';
import { integer, list, optional, podId } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const setLinkedPod: ItemScript<
  'link' | 'token' | 'links',
  'serviceName' | 'podId' | 'persistSeconds' | 'incarnation' | 'leaseMs' | 'minToken' | 'channel' | 'uid',
  SetLinkedPodResult
> = defineItemScript({
  name: 'set-linked-pod',
  keys: ['link', 'token', 'links'],
  args: ['serviceName', 'podId', 'persistSeconds', 'incarnation', 'leaseMs', 'minToken', 'channel', 'uid'],
  writes: true,
  decode(reply) {
    const [previous, token] = list(reply);
    return { previous: optional(podId)(previous), token: optional(integer)(token) };
  },
});
