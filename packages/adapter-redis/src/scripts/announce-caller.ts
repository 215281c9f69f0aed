import { integer } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const announceCaller: Script<'callers', 'callerId' | 'ttlMs', number> = defineScript({
  name: 'announce-caller',
  keys: ['callers'],
  args: ['callerId', 'ttlMs'],
  writes: true,
  decode: integer,
});
