import { integer, list, UnreadableReply } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

/** A service's pods as they are stored: lists of fields and values in turn. */
export interface StoredPods {
  readonly storeTime: number;
  /** The details of pods, JSON; and fields of the service's own, whose names begin with `@`. */
  readonly infos: readonly unknown[];
  /** The words of pods, those of the other sides among them. */
  readonly words: readonly unknown[];
}

export const getServiceState: Script<'words' | 'info', never, StoredPods> = defineScript({
  name: 'get-service-state',
  keys: ['words', 'info'],
  args: [],
  writes: false,
  tellsTime: true,
  decode(reply) {
    const [storeTime, infos, words] = list(reply);
    return { storeTime: integer(storeTime), infos: fieldsAndValues(infos), words: fieldsAndValues(words) };
  },
});

function fieldsAndValues(reply: unknown): readonly unknown[] {
  const flat = list(reply);
  if (flat.length % 2 !== 0) throw new UnreadableReply('fields and values', reply);
  return flat;
}
