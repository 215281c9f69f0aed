import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeServiceState: Script<
  'words' | 'info' | 'intents',
  'channel' | 'podId' | 'incarnation' | 'updateTime',
  boolean
> = defineScript({
  name: 'remove-service-state',
  keys: ['words', 'info', 'intents'],
  args: ['channel', 'podId', 'incarnation', 'updateTime'],
  writes: true,
  decode: flag,
});
