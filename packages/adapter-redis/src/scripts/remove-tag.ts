import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const removeTag: Script<'tag', never, boolean> = defineScript({
  name: 'remove-tag',
  keys: ['tag'],
  args: [],
  writes: true,
  decode: flag,
});
