import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const takeOrder: Script<'orders' | 'journal', 'podId' | 'id' | 'incarnation', boolean> = defineScript({
  name: 'take-order',
  keys: ['orders', 'journal'],
  args: ['podId', 'id', 'incarnation'],
  writes: true,
  decode: flag,
});
