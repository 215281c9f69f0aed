import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const registerService: Script<'services', 'serviceName', boolean> = defineScript({
  name: 'register-service',
  keys: ['services'],
  args: ['serviceName'],
  writes: true,
  decode: flag,
});
