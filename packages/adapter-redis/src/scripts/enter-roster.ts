import { integer } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const enterRoster: Script<'roster', 'uid' | 'incarnation', number> = defineScript({
  name: 'enter-roster',
  keys: ['roster'],
  args: ['uid', 'incarnation'],
  writes: true,
  decode: integer,
});
