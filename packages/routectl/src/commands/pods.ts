import { duration, figure } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { type PodView, podViews } from '../fleet/pod-status.ts';
import { patiently } from '../run/patience.ts';
import { pause } from '../run/pause.ts';
import { fields, show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { findPod, type NamedPod, readIntents, readPods, serviceOf } from './target.ts';

const REDRAW = '\u001b[H\u001b[J';
const EVERY_MS = 1_000;

const intentText = ({ intent, ratePerSecond }: PodView): string =>
  intent === undefined ? '-' : `${intent}${ratePerSecond === undefined ? '' : ` ${ratePerSecond}/s`}`;

const usersText = ({ users, maxUsers }: PodView): string =>
  `${users ?? '-'}${maxUsers === undefined ? '' : `/${maxUsers}`}`;

const columns: readonly Column<PodView>[] = [
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  { title: 'STATUS', text: ({ status }) => status },
  { title: 'USERS', text: usersText, right: true },
  { title: 'LOAD', text: ({ load }) => figure(load), right: true, droppable: 1 },
  {
    title: 'BEAT',
    text: ({ ageMs }) => (ageMs === undefined ? '-' : duration(ageMs)),
    right: true,
    droppable: 2,
  },
  { title: 'INTENT', text: intentText, droppable: 3 },
  { title: 'ADDRESS', text: ({ address }) => address ?? '-', droppable: 4 },
  { title: 'INCARNATION', text: ({ incarnation }) => incarnation ?? '-', droppable: 5 },
];

/** Shows the pods of a service; with `watch` again and again. */
export async function pods(context: Context, { watch }: { readonly watch: boolean }): Promise<void> {
  const service = await serviceOf(context);
  const isTerminal = context.streams.out.isTTY === true && context.format === 'table';
  let before: string | undefined;
  for (;;) {
    const readBoth = () => Promise.all([readPods(context, service), readIntents(context, service)]);
    const [read, intents] = before === undefined ? await readBoth() : await patiently(context, readBoth);
    const views = podViews(read, intents);
    // Ages grow by themselves: where lines are added, only other changes make new ones.
    const changed = JSON.stringify(views.map((view) => ({ ...view, ageMs: undefined })));
    if (isTerminal || changed !== before) {
      if (watch && isTerminal) context.streams.out.write(REDRAW);
      else if (before !== undefined && context.format === 'table') context.streams.out.write('\n');
      const { namespace } = context;
      show(context, { namespace, service, storeTime: read.storeTime, pods: views }, () =>
        views.length === 0 ? `${service} has no pod.\n` : tableOf(context, columns, views),
      );
    }
    before = changed;
    if (!watch) return;
    await pause(EVERY_MS, context);
  }
}

/** Shows all that is known of a pod. */
export async function pod(context: Context, named: NamedPod): Promise<void> {
  const { serviceName: service, read } = await findPod(context, named);
  const intents = await readIntents(context, service);
  const view = podViews(read, intents).find(({ podId }) => podId === named.podId)!;
  const { namespace } = context;
  show(context, { namespace, service, ...view }, () => {
    const { ageMs, leaseMs, updatePeriodMs, metadata } = view;
    const beat =
      ageMs === undefined
        ? 'never: it is known by a word alone'
        : `${duration(ageMs)} ago, every ${duration(updatePeriodMs ?? 0)}; the lease is ${duration(leaseMs ?? 0)}`;
    return fields([
      ['pod', `${service}-${view.podId}`],
      ['status', view.status],
      ['state', `${view.state}, routing ${view.routingState}`],
      ['users', usersText(view)],
      ['load', figure(view.load)],
      ['beat', beat],
      ['intent', intentText(view)],
      ['address', view.address],
      ['incarnation', view.incarnation],
      ['healing', view.healing],
      ['dead owner', view.deadOwner],
      ...Object.entries(metadata).map(([name, value]) => [name, value] as const),
    ]);
  });
}
