import type { LinkReading } from '@stateful-route/core';
import { linkFrom } from './link-reply.ts';
import { integer, list, optional, text } from './replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const getLink: ItemScript<'link' | 'token', 'serviceName', LinkReading> = defineItemScript({
  name: 'get-link',
  keys: ['link', 'token'],
  args: ['serviceName'],
  writes: false,
  decode(reply, storeTime) {
    const parts = list(reply);
    const endedToken = optional(integer)(parts[5]);
    const link = optional(text)(parts[0]) === undefined ? { permanent: false } : linkFrom(parts);
    return { ...link, endedToken, storeTime };
  },
});
