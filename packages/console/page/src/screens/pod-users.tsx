import { useSignal } from '@preact/signals';
import { counted } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { PodUser, PodUsersEvents } from '../../../src/api/types.ts';
import { request } from '../api/client.ts';
import { readEvents } from '../api/event-stream.ts';
import { peekStoreNow } from '../api/live.ts';
import { Banner } from '../parts/badge.tsx';
import { Foreign, UserLink } from '../parts/id.tsx';
import { type Column, type Sorting, VirtualTable } from '../parts/virtual-table.tsx';
import { count, percent, timeOf } from '../words/figures.ts';

interface Listing {
  readonly users: readonly PodUser[];
  readonly isDone: boolean;
  readonly source?: 'roster' | 'scan';
  readonly share?: number | undefined;
  readonly failure?: string;
}

/** The users of a pod, read when somebody asks: it takes a scan of the store. */
export function PodUsers(props: {
  readonly service: string;
  readonly podId: number;
  readonly path: string;
}): JSX.Element {
  const { service, path } = props;
  const listing = useSignal<Listing | undefined>(undefined);
  const running = useSignal<AbortController | undefined>(undefined);
  const sorting = useSignal<Sorting>({ key: 'uid', descending: false });
  useEffect(() => () => running.peek()?.abort(), []);

  const list = async (): Promise<void> => {
    running.peek()?.abort();
    const control = new AbortController();
    running.value = control;
    listing.value = { users: [], isDone: false };
    try {
      for await (const next of listed(path, control.signal)) listing.value = next;
    } catch (error) {
      if (control.signal.aborted) return;
      const users = listing.peek()?.users ?? [];
      listing.value = { users, isDone: true, failure: (error as Error).message };
    }
  };

  const found = listing.value;
  const columns = columnsOf(service);
  return (
    <section class="card flush">
      <header>
        <h2>Users</h2>
        <span class="muted" role="status">
          {found && toldOf(found)}
        </span>
        <button
          type="button"
          class="button small"
          disabled={found?.isDone === false}
          onClick={() => void list()}
        >
          {found?.isDone === true ? 'List again' : 'List users'}
        </button>
      </header>
      {found?.failure !== undefined && (
        <div role="alert">
          <Banner tone="bad" icon="warning">
            <p class="wrap">{found.failure}</p>
          </Banner>
        </div>
      )}
      {found ? (
        <VirtualTable
          label="Users of this pod"
          rows={found.users}
          columns={columns}
          rowKey={({ uid }) => uid}
          sorting={sorting.value}
          onSort={(next) => (sorting.value = next)}
          empty={found.isDone ? 'Nobody has a claim of this pod.' : 'Looking…'}
        />
      ) : (
        <p class="empty">They are read from the store when you ask, at a rate that it bears.</p>
      )}
    </section>
  );
}

/** The listing so far, each time that it grew. */
async function* listed(path: string, signal: AbortSignal): AsyncGenerator<Listing> {
  const response = await request(path, { signal, headers: { accept: 'text/event-stream' } });
  const users: PodUser[] = [];
  for await (const { event, data } of readEvents(response.body!)) {
    if (event === 'users') {
      const page = JSON.parse(data) as PodUsersEvents['users'];
      users.push(...page.users);
      const { scanned, total } = page;
      const share = scanned === undefined || !total ? undefined : Math.min(1, scanned / total);
      yield { users: [...users], isDone: false, share };
    } else if (event === 'end') {
      const { source } = JSON.parse(data) as PodUsersEvents['end'];
      yield { users: [...users], isDone: true, source };
      return;
    } else if (event === 'failed') {
      throw new Error((JSON.parse(data) as PodUsersEvents['failed']).error.message);
    }
  }
  throw new Error('The server ended the listing too early.');
}

function toldOf({ users, isDone, source, share, failure }: Listing): string {
  if (failure !== undefined) return '';
  if (!isDone) return `${count(users.length)} found${share === undefined ? '' : `, ${percent(share)} read`}…`;
  return `${counted(users.length, 'user')}, by ${source === 'roster' ? 'its roster' : 'a scan'}`;
}

function columnsOf(service: string): Column<PodUser>[] {
  const now = peekStoreNow();
  return [
    {
      key: 'uid',
      title: 'User',
      cell: ({ uid }) => <UserLink service={service} uid={uid} />,
      by: ({ uid }) => uid,
    },
    {
      key: 'why',
      title: 'Came',
      cell: ({ why = '–', by }) =>
        by === undefined ? (
          why
        ) : (
          <>
            {why}, by <Foreign text={by} />
          </>
        ),
      by: ({ why = '' }) => why,
      width: '30%',
    },
    {
      key: 'at',
      title: 'At',
      cell: ({ at }) => (at === undefined ? '–' : timeOf(at, now)),
      by: ({ at = 0 }) => at,
      isNumber: true,
      width: '150px',
      room: 2,
    },
    {
      key: 'token',
      title: 'Token',
      cell: ({ token = '–' }) => token,
      by: ({ token = -1 }) => token,
      isNumber: true,
      width: '176px',
      room: 3,
    },
    {
      key: 'present',
      title: 'Held',
      cell: ({ present }) => (present ? 'yes' : 'waits'),
      by: ({ present }) => Number(present),
      width: '90px',
      room: 3,
    },
  ];
}
