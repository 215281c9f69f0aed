import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const endQuarantine: Script<'token', 'serviceName', boolean> = defineScript({
  name: 'end-quarantine',
  keys: ['token'],
  args: ['serviceName'],
  writes: true,
  decode: flag,
});
