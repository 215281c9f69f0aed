import { silentLogger } from '@stateful-route/core';
import { counted, figure } from '@stateful-route/core/adapter';
import { createStatefulRoute, type Explanation } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { show, tableOf } from '../output/show.ts';
import { type Column, printable } from '../output/table.ts';
import { type NamedPod, serviceOf } from './target.ts';

type ExplainedPod = Explanation['pods'][number];
type FilterOutcome = Explanation['filters'][number];

function candidateText({ filteredBy, notPreferredBy }: ExplainedPod): string {
  if (filteredBy !== undefined) return `no: ${filteredBy}`;
  return notPreferredBy.length === 0 ? 'yes' : `yes, not preferred by ${notPreferredBy.join(', ')}`;
}

function filterText({ name, required, wants, minCandidates, accepted, counts }: FilterOutcome): string {
  const what = `${required ? 'Required' : 'Preferred'} by ${name}${wants === undefined ? '' : `: ${wants}`}`;
  const tooFew = counts ? '' : `; it does not count, as it must leave ${minCandidates}`;
  return `${what}. It accepts ${counted(accepted, 'candidate')}${tooFew}.`;
}

/** Columns that say nothing where no pod has such a field. */
const FIELDS: Readonly<Record<string, keyof ExplainedPod>> = { FREE: 'freePlaces', REVISION: 'revision' };

/** The columns that say something of these pods. */
function columnsFor(pods: readonly ExplainedPod[]): readonly Column<ExplainedPod>[] {
  return columns.filter(({ title }) => {
    const field = FIELDS[title];
    return field === undefined || pods.some((pod) => pod[field] !== undefined);
  });
}

const columns: readonly Column<ExplainedPod>[] = [
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  { title: 'CANDIDATE', text: candidateText },
  { title: 'LOAD', text: ({ load }) => figure(load), right: true, droppable: 1 },
  {
    title: 'SCORE',
    text: ({ score }) => (score === undefined ? '-' : figure(score)),
    right: true,
    droppable: 2,
  },
  {
    title: 'USERS',
    text: ({ users, maxUsers }) => `${users ?? '-'}${maxUsers === undefined ? '' : `/${maxUsers}`}`,
    right: true,
    droppable: 3,
  },
  {
    title: 'FREE',
    text: ({ freePlaces }) => (freePlaces === undefined ? '-' : String(freePlaces)),
    right: true,
    droppable: 3,
  },
  { title: 'REVISION', text: ({ revision }) => revision ?? '-', droppable: 3 },
  { title: 'ADDRESS', text: ({ address }) => address ?? '-', droppable: 4 },
];

/** Explains how a user came to a pod, and what a caller without a memory would do now. */
export async function explain(
  context: Context,
  uid: string,
  { not: named }: { readonly not?: NamedPod | undefined },
): Promise<void> {
  const { namespace, store, clock, signal } = context;
  const { executors } = store;
  const service = await serviceOf(context, named?.serviceName);
  const route = createStatefulRoute({ executors, namespace, clock, logger: silentLogger });
  try {
    const explanation = await route.routeInfo.explain(namespace, uid, service, { not: named?.podId, signal });
    show(context, explanation, () => {
      const { because, sentence, pods, not, filters } = explanation;
      const told = [because, sentence, not?.sentence, ...filters.map(filterText)].filter(
        (line) => line !== undefined,
      );
      const lines = told.map((line) => `${printable(line)}\n`);
      return `${lines.join('')}${pods.length === 0 ? '' : `\n${tableOf(context, columnsFor(pods), pods)}`}`;
    });
  } finally {
    await route.stop();
  }
}
