import { useSignal } from '@preact/signals';
import { counted } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { JournalEntry, JournalList, JournalType } from '../../../src/api/types.ts';
import { joined, type Live } from '../api/live.ts';
import { Entries } from '../parts/entries.tsx';
import { Icon } from '../parts/icon.tsx';
import { Failure, useLoaded } from '../parts/loaded.tsx';

const FIRST = 200;
const MOST = 1_000;

/** What happened to the service, of all types or of some, as it happens or at rest. */
export function TimelineScreen({
  service,
  live,
}: {
  readonly service: string;
  readonly live: Live;
}): JSX.Element {
  const types = useSignal<ReadonlySet<JournalType>>(new Set());
  const limit = useSignal(FIRST);
  const allTypes = useSignal(false);
  /** What is shown at rest; `undefined` while following. */
  const rest = useSignal<readonly JournalEntry[] | undefined>(undefined);
  const chosen = [...types.value].toSorted();
  const query = new URLSearchParams({ limit: String(limit.value) });
  if (chosen.length > 0) query.set('types', chosen.join(','));
  const path = `services/${encodeURIComponent(service)}/journal?${query}`;
  const { value, failure } = useLoaded<JournalList>(path, undefined);
  const page = value.value;

  const isWanted = ({ type }: JournalEntry): boolean => types.value.size === 0 || types.value.has(type);
  const known = page ? newerOf(page, live.journal) : live.journal;
  const entries = known.filter(isWanted);
  const shown = rest.value ?? entries;
  const last = shown.at(-1)?.id;
  const missed =
    rest.value === undefined ? 0 : entries.length - 1 - entries.findLastIndex(({ id }) => id === last);
  // Another choice shows other entries, so that it ends the rest.
  useEffect(() => void (rest.value = undefined), [path]);

  const toggle = (type: JournalType): void => {
    const next = new Set(types.value);
    if (!next.delete(type)) next.add(type);
    types.value = next;
  };
  const present = new Set(known.map(({ type }) => type));
  const offered = (page?.types ?? [...present]).filter(
    (type) => allTypes.value || present.has(type) || types.value.has(type),
  );
  const isFollowing = rest.value === undefined;
  return (
    <>
      <Failure of={failure} />
      <section class="card flush">
        <div class="filters">
          <button
            type="button"
            class="button"
            onClick={() => (rest.value = isFollowing ? entries : undefined)}
          >
            <Icon name={isFollowing ? 'pause' : 'play'} />
            {isFollowing ? 'Hold' : `Follow${missed > 0 ? `, ${missed} new` : ''}`}
          </button>
          <div class="choices" role="group" aria-label="Types">
            <button
              type="button"
              class="choice"
              aria-pressed={types.value.size === 0}
              onClick={() => (types.value = new Set())}
            >
              every type
            </button>
            {offered.map((type) => (
              <button
                key={type}
                type="button"
                class="choice"
                aria-pressed={types.value.has(type)}
                onClick={() => toggle(type)}
              >
                {type}
              </button>
            ))}
            {page && !allTypes.value && offered.length < page.types.length && (
              <button type="button" class="choice" onClick={() => (allTypes.value = true)}>
                {page.types.length - offered.length} more…
              </button>
            )}
          </div>
        </div>
        <Entries
          label="Journal, the newest entry first"
          service={service}
          entries={shown}
          empty={page ? 'The journal has no such entry.' : 'Reading…'}
        />
        <footer class="more">
          <span class="muted">{counted(shown.length, 'entry').replace('entrys', 'entries')}</span>
          {limit.value < MOST && page && page.entries.length >= limit.value && (
            <button type="button" class="button small" onClick={() => (limit.value = MOST)}>
              Show older
            </button>
          )}
        </footer>
      </section>
    </>
  );
}

/** A page of the journal, and what came after it. */
function newerOf(page: JournalList, journal: readonly JournalEntry[]): readonly JournalEntry[] {
  const last = page.entries.at(-1);
  // The stream has entries of every type and from before the page: only later ones belong behind it.
  return joined(page.entries, last ? journal.filter(({ at }) => at >= last.at) : journal);
}
