import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setFrozen: Script<'intents' | 'journal', 'frozen' | 'encodedBy' | 'by', boolean> = defineScript({
  name: 'set-frozen',
  keys: ['intents', 'journal'],
  args: ['frozen', 'encodedBy', 'by'],
  writes: true,
  decode: flag,
});
