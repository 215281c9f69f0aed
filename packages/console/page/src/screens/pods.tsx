import { signal } from '@preact/signals';
import { duration, figure, type PodStatus } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import type { PodRow } from '../../../src/api/types.ts';
import { type Live, storeNow } from '../api/live.ts';
import { StatusBadge } from '../parts/badge.tsx';
import { Foreign, PodLink } from '../parts/id.tsx';
import { LoadBar } from '../parts/load-bar.tsx';
import { type Column, type Sorting, VirtualTable } from '../parts/virtual-table.tsx';
import { count } from '../words/figures.ts';
import { capOf, scaleOf } from '../words/load-scale.ts';
import { lookOf, podName, statusLooks, statusOrder } from '../words/pod-words.ts';

const ANY = 'all';

// They outlive the screen: who comes back from a pod finds the list as it was.
const words = signal('');
const status = signal<PodStatus | typeof ANY>(ANY);
const sorting = signal<Sorting>({ key: 'pod', descending: false });

/** Every pod in a row. */
export function PodsScreen({
  service,
  live,
}: {
  readonly service: string;
  readonly live: Live;
}): JSX.Element {
  const columns = columnsOf(service, live, storeNow());
  const pods = [...live.pods.values()];
  const wanted = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const rows = pods.filter(
    (pod) =>
      (status.value === ANY || pod.status === status.value) &&
      (wanted.length === 0 || isWanted(textOf(service, pod), wanted)),
  );
  const present = statusOrder.filter(
    (each) => each === status.value || pods.some((pod) => pod.status === each),
  );
  return (
    <section class="card flush">
      <div class="filters">
        <label class="unseen" for="pod-filter">
          Filter pods
        </label>
        <input
          id="pod-filter"
          type="search"
          placeholder="Filter: name, address, revision, zone, label"
          value={words}
          onInput={({ currentTarget: { value } }) => (words.value = value)}
        />
        <div class="choices" role="group" aria-label="Status">
          <Choice
            word="all"
            n={pods.length}
            isChosen={status.value === ANY}
            choose={() => (status.value = ANY)}
          />
          {present.map((each) => (
            <Choice
              key={each}
              word={statusLooks[each].word}
              n={pods.filter((pod) => pod.status === each).length}
              isChosen={status.value === each}
              choose={() => (status.value = each)}
            />
          ))}
        </div>
      </div>
      <VirtualTable
        label="Pods"
        rows={rows}
        columns={columns}
        rowKey={({ podId }) => podId}
        rowTone={(pod) => lookOf(pod).tone}
        sorting={sorting.value}
        onSort={(next) => (sorting.value = next)}
        empty={pods.length === 0 ? 'The service has no pod.' : 'No pod is like that.'}
      />
    </section>
  );
}

function Choice(props: {
  readonly word: string;
  readonly n: number;
  readonly isChosen: boolean;
  readonly choose: () => void;
}): JSX.Element {
  return (
    <button type="button" class="choice" aria-pressed={props.isChosen} onClick={props.choose}>
      {props.word} <span>{count(props.n)}</span>
    </button>
  );
}

function columnsOf(service: string, live: Live, now: number): Column<PodRow>[] {
  const scale = scaleOf(live);
  const ageOf = ({ updateTime }: PodRow): number | undefined =>
    updateTime === undefined ? undefined : Math.max(0, now - updateTime);
  return [
    {
      key: 'pod',
      title: 'Pod',
      cell: ({ podId }) => <PodLink service={service} podId={podId} />,
      by: ({ podId }) => podId,
      width: '17%',
      narrow: '27%',
    },
    {
      key: 'status',
      title: 'Status',
      cell: (pod) => <StatusBadge pod={pod} />,
      by: ({ status: each }) => statusOrder.indexOf(each),
      width: '132px',
      narrow: '114px',
    },
    {
      key: 'load',
      title: 'Load',
      cell: (pod) => (
        <span class="load">
          <LoadBar load={pod.load} cap={capOf(pod)} scale={scale} />
          <span class="number">{figure(pod.load)}</span>
        </span>
      ),
      by: ({ load }) => load,
      greatestFirst: true,
    },
    {
      key: 'users',
      title: 'Users',
      cell: ({ users, maxUsers }) => (
        <>
          {users === undefined ? '–' : count(users)}
          {maxUsers !== undefined && <span class="muted"> / {count(maxUsers)}</span>}
        </>
      ),
      by: ({ users = -1 }) => users,
      isNumber: true,
      width: '116px',
      room: 2,
    },
    {
      key: 'age',
      title: 'Heartbeat',
      cell: (pod) => (ageOf(pod) === undefined ? '–' : duration(ageOf(pod)!)),
      by: (pod) => ageOf(pod) ?? -1,
      isNumber: true,
      width: '108px',
      room: 2,
    },
    {
      key: 'revision',
      title: 'Revision',
      cell: ({ revision }) => (revision === undefined ? '–' : <Foreign text={revision} />),
      by: ({ revision = '' }) => revision,
      width: '12%',
      room: 3,
    },
    {
      key: 'zone',
      title: 'Zone',
      cell: ({ zone }) => (zone === undefined ? '–' : <Foreign text={zone} />),
      by: ({ zone = '' }) => zone,
      width: '9%',
      room: 4,
    },
    {
      key: 'intent',
      title: 'Intent',
      cell: ({ intent, ratePerSecond }) =>
        intent === undefined ? '–' : `${intent}${ratePerSecond === undefined ? '' : ` ${ratePerSecond}/s`}`,
      by: ({ intent = '' }) => intent,
      width: '110px',
      room: 4,
    },
  ];
}

const isWanted = (text: string, wanted: readonly string[]): boolean =>
  wanted.every((word) => text.includes(word));

function textOf(service: string, pod: PodRow): string {
  const { podId, address = '', revision = '', intent = '', metadata } = pod;
  const labels = Object.entries(metadata).map(([name, value]) => `${name}=${value}`);
  return [podName(service, podId), address, revision, intent, lookOf(pod).word, ...labels]
    .join(' ')
    .toLowerCase();
}
