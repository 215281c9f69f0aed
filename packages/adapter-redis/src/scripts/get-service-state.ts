import { frozenFrom, integer, list, optional, UnreadableReply } from '../stored/replies.ts';
import type { StoredPods } from '../stored/pod-cache.ts';
import { defineScript, type Script } from './script.ts';

export const getServiceState: Script<'words' | 'info' | 'intents' | 'callers', never, StoredPods> =
  defineScript({
    name: 'get-service-state',
    keys: ['words', 'info', 'intents', 'callers'],
    args: [],
    writes: false,
    decode(reply, storeTime) {
      const [infos, words, frozen, callers] = list(reply);
      return {
        storeTime,
        infos: fieldsAndValues(infos),
        words: fieldsAndValues(words),
        frozen: frozenFrom(frozen),
        callers: optional(integer)(callers),
      };
    },
  });

function fieldsAndValues(reply: unknown): readonly unknown[] {
  const flat = list(reply);
  if (flat.length % 2 !== 0) throw new UnreadableReply('fields and values', reply);
  return flat;
}
