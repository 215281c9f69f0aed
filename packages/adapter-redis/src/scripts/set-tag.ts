import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setTag: Script<'tag', 'serviceName', boolean> = defineScript({
  name: 'set-tag',
  keys: ['tag'],
  args: ['serviceName'],
  writes: true,
  decode: flag,
});
