import { silentLogger } from '@stateful-route/core';
import { figure } from '@stateful-route/core/adapter';
import { createStatefulRoute, type Explanation } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { show, tableOf } from '../output/show.ts';
import { type Column, printable } from '../output/table.ts';
import { type NamedPod, serviceOf } from './target.ts';

type ExplainedPod = Explanation['pods'][number];

const columns: readonly Column<ExplainedPod>[] = [
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  { title: 'CANDIDATE', text: ({ filteredBy }) => (filteredBy === undefined ? 'yes' : `no: ${filteredBy}`) },
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
      const { because, sentence, pods, not } = explanation;
      const told = [because, sentence, not?.sentence].filter((line) => line !== undefined);
      const lines = told.map((line) => `${printable(line)}\n`);
      return `${lines.join('')}${pods.length === 0 ? '' : `\n${tableOf(context, columns, pods)}`}`;
    });
  } finally {
    await route.stop();
  }
}
