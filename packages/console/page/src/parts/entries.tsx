import type { JSX } from 'preact';
import type { JournalEntry } from '../../../src/api/types.ts';
import { peekStoreNow } from '../api/live.ts';
import { timeOf } from '../words/figures.ts';
import { viewOf } from '../words/journal-words.ts';
import { Icon } from './icon.tsx';
import { Foreign, PodLink, UserLink } from './id.tsx';

/** Entries of the journal, the newest first. */
export function Entries(props: {
  readonly label: string;
  readonly service: string;
  /** The oldest first, as the journal has them. */
  readonly entries: readonly JournalEntry[];
  readonly empty: string;
}): JSX.Element {
  const { label, service, entries, empty } = props;
  if (entries.length === 0) return <p class="empty">{empty}</p>;
  const now = peekStoreNow();
  return (
    <ol class="entries" aria-label={label}>
      {entries.toReversed().map((entry) => (
        <Entry key={entry.id} service={service} entry={entry} now={now} />
      ))}
    </ol>
  );
}

function Entry(props: {
  readonly service: string;
  readonly entry: JournalEntry;
  readonly now: number;
}): JSX.Element {
  const { service, entry, now } = props;
  const { icon, tone, says, podId, uid, by } = viewOf(entry);
  return (
    <li data-tone={tone}>
      <time dateTime={new Date(entry.at).toISOString()} title={new Date(entry.at).toISOString()}>
        {timeOf(entry.at, now)}
      </time>
      <Icon name={icon} />
      <div>
        {podId === undefined ? <b>{service}</b> : <PodLink service={service} podId={podId} />}{' '}
        <bdi class="wrap">{says}</bdi>
        {uid !== undefined && (
          <>
            {' · '}
            <UserLink service={service} uid={uid} />
          </>
        )}
        {by !== undefined && (
          <span class="muted">
            {' · by '}
            <Foreign text={by} />
          </span>
        )}
      </div>
      <span class="kind mono muted">{entry.type}</span>
    </li>
  );
}
