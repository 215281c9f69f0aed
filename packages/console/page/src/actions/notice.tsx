import { computed, signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { JournalEntry, OrderOutcome } from '../../../src/api/types.ts';
import { live } from '../api/live.ts';
import { Icon } from '../parts/icon.tsx';

/** What became of an action. */
interface Notice {
  readonly tone: 'good' | 'bad';
  readonly sentence: string;
  readonly orderId?: string | undefined;
  readonly outcome?: OrderOutcome | undefined;
}

export const notice = signal<Notice | undefined>(undefined);

const endings: Readonly<Record<OrderOutcome, string>> = {
  done: 'It is done.',
  'not-held': 'The pod does not hold the user.',
  left: 'The user is still there: not saved, no pod could be found, or the time was over.',
  refused: 'The pod refused: it has nobody who saves its users, or the other pod takes no new users.',
  expired: 'The time was over before the pod began.',
  interrupted: 'The process ended before it was done: look where the user is.',
};

/** How the order of the notice ended, from the answer or, later, from the journal. */
const ended = computed((): OrderOutcome | undefined => {
  const { orderId, outcome } = notice.value ?? {};
  if (outcome !== undefined || orderId === undefined) return outcome;
  return live.value?.journal.find((entry) => isEnd(entry, orderId))?.outcome;
});

type Ended = Extract<JournalEntry, { readonly type: 'order-ended' }>;

const isEnd = (entry: JournalEntry, orderId: string): entry is Ended =>
  entry.type === 'order-ended' && entry.orderId === orderId;

/** Tells what became of an action, also to those who listen. */
export function NoticeBox(): JSX.Element {
  const shown = notice.value;
  const outcome = ended.value;
  const tone = outcome !== undefined && outcome !== 'done' ? 'bad' : shown?.tone;
  return (
    <div role="status">
      {shown && (
        <div class="notice" data-tone={tone}>
          <Icon name={tone === 'bad' ? 'warning' : 'check'} />
          <p class="wrap">
            {shown.sentence} {outcome !== undefined && endings[outcome]}
          </p>
          <button type="button" class="button small" onClick={() => (notice.value = undefined)}>
            Close
          </button>
        </div>
      )}
    </div>
  );
}
