import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const orderDone: Script<'orders' | 'journal', 'podId' | 'id' | 'report', boolean> = defineScript({
  name: 'order-done',
  keys: ['orders', 'journal'],
  args: ['podId', 'id', 'report'],
  writes: true,
  decode: flag,
});
