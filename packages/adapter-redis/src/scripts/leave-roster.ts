import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const leaveRoster: Script<'roster', 'uid' | 'number', boolean> = defineScript({
  name: 'leave-roster',
  keys: ['roster'],
  args: ['uid', 'number'],
  writes: true,
  decode: flag,
});
