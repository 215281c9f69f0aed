import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const markServiceState: Script<
  'words' | 'info',
  'podId' | 'word' | 'incarnation' | 'updateTime',
  boolean
> = defineScript({
  name: 'mark-service-state',
  keys: ['words', 'info'],
  args: ['podId', 'word', 'incarnation', 'updateTime'],
  writes: true,
  decode: flag,
});
