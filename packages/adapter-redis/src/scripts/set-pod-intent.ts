import { flag } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

export const setPodIntent: Script<'intents' | 'info', 'channel' | 'podId' | 'intent' | 'rate', boolean> =
  defineScript({
    name: 'set-pod-intent',
    keys: ['intents', 'info'],
    args: ['channel', 'podId', 'intent', 'rate'],
    writes: true,
    decode: flag,
  });
