import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const unquarantineUser: Script<'quarantined' | 'journal', 'uid' | 'by', boolean> = defineScript({
  name: 'unquarantine-user',
  keys: ['quarantined', 'journal'],
  args: ['uid', 'by'],
  writes: true,
  decode: flag,
});
