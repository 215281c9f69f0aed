import type { LinkReading } from '@stateful-route/core/adapter';
import { linkReading } from '../stored/link-reply.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const getLink: ItemScript<'link' | 'token', 'serviceName', LinkReading> = defineItemScript({
  name: 'get-link',
  keys: ['link', 'token'],
  args: ['serviceName'],
  writes: false,
  decode: linkReading,
});
