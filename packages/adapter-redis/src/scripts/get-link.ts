import type { LinkReading } from '@stateful-route/core/adapter';
import { linkReading } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const getLink: Script<'link' | 'token', 'serviceName' | 'withPin', LinkReading> = defineScript({
  name: 'get-link',
  keys: ['link', 'token'],
  args: ['serviceName', 'withPin'],
  writes: false,
  decode: linkReading,
});
