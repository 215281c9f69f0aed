import { flag } from '../stored/replies.ts';
import { defineItemScript, type ItemScript } from './script.ts';

export const leaveRoster: ItemScript<'roster', 'uid' | 'number', boolean> = defineItemScript({
  name: 'leave-roster',
  keys: ['roster'],
  args: ['uid', 'number'],
  writes: true,
  decode: flag,
});
