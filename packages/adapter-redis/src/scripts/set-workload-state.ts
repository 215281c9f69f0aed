import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setWorkloadState: Script<'word' | 'info', 'word' | 'report', boolean> = defineScript({
  name: 'set-workload-state',
  keys: ['word', 'info'],
  args: ['word', 'report'],
  writes: true,
  decode: flag,
});
