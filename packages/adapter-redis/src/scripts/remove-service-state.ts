import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeServiceState: Script<
  'words' | 'info' | 'intents' | 'orders' | 'journal',
  'channel' | 'podId' | 'incarnation' | 'updateTime' | 'by',
  boolean
> = defineScript({
  name: 'remove-service-state',
  keys: ['words', 'info', 'intents', 'orders', 'journal'],
  args: ['channel', 'podId', 'incarnation', 'updateTime', 'by'],
  writes: true,
  decode: flag,
});
