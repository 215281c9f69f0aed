import { flag } from './replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeServiceState: Script<
  'words' | 'info',
  'channel' | 'podId' | 'incarnation' | 'updateTime',
  boolean
> = defineScript({
  name: 'remove-service-state',
  keys: ['words', 'info'],
  args: ['channel', 'podId', 'incarnation', 'updateTime'],
  writes: true,
  decode: flag,
});
