import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const giveOrder: Script<
  'orders' | 'journal',
  'channel' | 'podId' | 'id' | 'until' | 'uid' | 'by' | 'order',
  boolean
> = defineScript({
  name: 'give-order',
  keys: ['orders', 'journal'],
  args: ['channel', 'podId', 'id', 'until', 'uid', 'by', 'order'],
  writes: true,
  decode: flag,
});
