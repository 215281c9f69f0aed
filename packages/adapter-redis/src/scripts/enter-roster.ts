import { integer } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const enterRoster: ItemScript<'roster', 'uid' | 'incarnation', number> = defineItemScript({
  name: 'enter-roster',
  keys: ['roster'],
  args: ['uid', 'incarnation'],
  writes: true,
  decode: integer,
});
