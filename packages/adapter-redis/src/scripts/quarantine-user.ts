import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const quarantineUser: Script<'quarantined' | 'journal', 'uid' | 'ttlMs' | 'most', boolean> =
  defineScript({
    name: 'quarantine-user',
    keys: ['quarantined', 'journal'],
    args: ['uid', 'ttlMs', 'most'],
    writes: true,
    decode: flag,
  });
