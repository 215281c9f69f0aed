import { frozenFrom, list, UnreadableReply } from '../stored/replies.ts';
import type { StoredPods } from '../stored/pod-cache.ts';
import { defineScript, type Script } from './script.ts';

export const getServiceState: Script<'words' | 'info' | 'intents', never, StoredPods> = defineScript({
  name: 'get-service-state',
  keys: ['words', 'info', 'intents'],
  args: [],
  writes: false,
  decode(reply, storeTime) {
    const [infos, words, frozen] = list(reply);
    return {
      storeTime,
      infos: fieldsAndValues(infos),
      words: fieldsAndValues(words),
      frozen: frozenFrom(frozen),
    };
  },
});

function fieldsAndValues(reply: unknown): readonly unknown[] {
  const flat = list(reply);
  if (flat.length % 2 !== 0) throw new UnreadableReply('fields and values', reply);
  return flat;
}
