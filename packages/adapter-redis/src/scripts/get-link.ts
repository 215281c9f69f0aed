import type { Link } from '@stateful-route/core';
import { linkFrom } from './link-reply.ts';
import { list, optional, text } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const getLink: ItemScript<'link' | 'token', 'serviceName', Link | undefined> = defineItemScript({
  name: 'get-link',
  keys: ['link', 'token'],
  args: ['serviceName'],
  writes: false,
  decode(reply) {
    const [pod, ttlMs, token, incarnation] = list(reply);
    return optional(text)(pod) === undefined ? undefined : linkFrom(pod, ttlMs, token, incarnation);
  },
});
