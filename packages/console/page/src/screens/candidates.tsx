import { useSignal } from '@preact/signals';
import { counted, figure } from '@stateful-route/core/adapter';
import type { JSX } from 'preact';
import type { ExplainedPod, Explanation } from '../../../src/api/types.ts';
import { Badge } from '../parts/badge.tsx';
import { PodLink } from '../parts/id.tsx';
import { type Column, type Sorting, VirtualTable } from '../parts/virtual-table.tsx';
import { count } from '../words/figures.ts';

/** Every pod as picking sees it for a user, and what each filter made of them. */
export function Candidates({
  service,
  explanation,
}: {
  readonly service: string;
  readonly explanation: Explanation;
}): JSX.Element {
  const sorting = useSignal<Sorting>({ key: 'pod', descending: false });
  const columns = candidateColumns(service, explanation);
  const { pods, strategy, filters } = explanation;
  const candidates = pods.filter(({ filteredBy }) => filteredBy === undefined).length;
  return (
    <section class="card flush">
      <header>
        <h2>Candidates</h2>
        <span class="muted">
          {candidates} of {pods.length}, chosen by {strategy}
        </span>
      </header>
      {filters.length > 0 && (
        <ul class="applied" aria-label="Filters">
          {filters.map((filter) => (
            <li key={filter.name}>
              <bdi>{filterWords(filter)}</bdi>
            </li>
          ))}
        </ul>
      )}
      <VirtualTable
        label="Candidates"
        rows={pods}
        columns={columns}
        rowKey={({ podId }) => podId}
        sorting={sorting.value}
        onSort={(next) => (sorting.value = next)}
        empty="The service has no pod."
      />
    </section>
  );
}

/** What a filter wants, and whether it counts. */
function filterWords({ name, required, wants, accepted, counts }: Explanation['filters'][number]): string {
  const kind = required ? 'required' : 'preferred';
  const what = wants === undefined ? '' : `: ${wants}`;
  const left = counts
    ? `${counted(accepted, 'pod')} left`
    : `too few pods (${accepted}), so it does not count`;
  return `${name} (${kind})${what}; ${left}`;
}

function candidateColumns(service: string, { link, outcome }: Explanation): Column<ExplainedPod>[] {
  const chosen = 'podId' in outcome ? outcome.podId : undefined;
  return [
    {
      key: 'pod',
      title: 'Pod',
      cell: ({ podId }) => <PodLink service={service} podId={podId} />,
      by: ({ podId }) => podId,
    },
    {
      key: 'verdict',
      title: 'Verdict',
      cell: ({ podId, filteredBy, notPreferredBy }) => (
        <span class="verdicts">
          {filteredBy === undefined ? (
            <Badge tone="good" icon="check">
              candidate
            </Badge>
          ) : (
            <Badge tone="idle" icon="cross">
              {filteredBy}
            </Badge>
          )}
          {podId === link?.podId && (
            <Badge tone="accent" icon="user">
              here
            </Badge>
          )}
          {podId === chosen && podId !== link?.podId && (
            <Badge tone="accent" icon="out">
              next
            </Badge>
          )}
          {notPreferredBy.length > 0 && (
            <span class="muted cut">not preferred by {notPreferredBy.join(', ')}</span>
          )}
        </span>
      ),
      by: ({ filteredBy = '' }) => filteredBy,
      width: '44%',
    },
    {
      key: 'users',
      title: 'Users',
      cell: ({ users, maxUsers }) =>
        `${users === undefined ? '–' : count(users)}${maxUsers === undefined ? '' : ` / ${count(maxUsers)}`}`,
      by: ({ users = -1 }) => users,
      isNumber: true,
      width: '110px',
      room: 2,
    },
    {
      key: 'load',
      title: 'Load',
      cell: ({ load }) => figure(load),
      by: ({ load }) => load,
      isNumber: true,
      width: '76px',
    },
    {
      key: 'score',
      title: 'Score',
      cell: ({ score }) => (score === undefined ? '–' : figure(score)),
      by: ({ score = Number.POSITIVE_INFINITY }) => score,
      isNumber: true,
      width: '100px',
      room: 3,
    },
  ];
}
