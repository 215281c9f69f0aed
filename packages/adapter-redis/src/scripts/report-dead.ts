import { flag, list, text, UnreadableReply } from '../stored/replies.ts';
import { defineScript, type Script } from './script.ts';

/** Whether the pod had an entry, or the incarnation of its entry, which is another one. */
export type ReportDeadOutcome = boolean | { readonly met: string };

export const reportDead: Script<
  'words' | 'info' | 'journal',
  'channel' | 'podId' | 'incarnation' | 'by',
  ReportDeadOutcome
> = defineScript({
  name: 'report-dead',
  keys: ['words', 'info', 'journal'],
  args: ['channel', 'podId', 'incarnation', 'by'],
  writes: true,
  decode(reply) {
    const [status, value] = list(reply);
    if (status === 'FENCED') return { met: text(value) };
    if (status !== 'OK') throw new UnreadableReply('OK or FENCED', status);
    return flag(value);
  },
});
