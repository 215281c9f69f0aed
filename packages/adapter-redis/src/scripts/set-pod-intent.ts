import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setPodIntent: Script<
  'intents' | 'info' | 'journal',
  'channel' | 'podId' | 'intent' | 'rate' | 'by',
  boolean
> = defineScript({
  name: 'set-pod-intent',
  keys: ['intents', 'info', 'journal'],
  args: ['channel', 'podId', 'intent', 'rate', 'by'],
  writes: true,
  decode: flag,
});
