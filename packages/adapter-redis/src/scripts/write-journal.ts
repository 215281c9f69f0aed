import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const writeJournal: Script<'journal', 'type' | 'podId' | 'uid' | 'by' | 'rest', boolean> =
  defineScript({
    name: 'write-journal',
    keys: ['journal'],
    args: ['type', 'podId', 'uid', 'by', 'rest'],
    writes: true,
    decode: flag,
  });
