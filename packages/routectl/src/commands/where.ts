import { isAlive } from '@stateful-route/core';
import { ageMsOf, duration, type LinkReading, podStatus } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { readPods, servicesOf } from './target.ts';

/** Where a user is, in one service. */
interface UserPlace {
  readonly service: string;
  readonly podId: number;
  readonly link: 'claim' | 'temporary';
  readonly ttlMs: number | undefined;
  readonly token: number | undefined;
  readonly incarnation: string | undefined;
  readonly reason: LinkReading['reason'];
  readonly pod: { readonly status: string; readonly address: string | undefined; readonly alive: boolean };
}

const columns: readonly Column<UserPlace>[] = [
  { title: 'SERVICE', text: ({ service }) => service },
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  {
    title: 'LINK',
    text: ({ link, ttlMs }) => (ttlMs === undefined ? link : `${link}, ${duration(ttlMs)} left`),
  },
  { title: 'STATUS', text: ({ pod }) => pod.status },
  { title: 'ADDRESS', text: ({ pod }) => pod.address ?? '-', droppable: 1 },
  {
    title: 'TOKEN',
    text: ({ token }) => (token === undefined ? '-' : String(token)),
    right: true,
    droppable: 2,
  },
  {
    title: 'WHY',
    text: ({ reason }) =>
      reason ? `${reason.why}${reason.by === undefined ? '' : ` by ${reason.by}`}` : '-',
    droppable: 3,
  },
];

/** Shows the pod that has a user, in each service. */
export async function where(context: Context, uid: string): Promise<void> {
  const { namespace, store, signal } = context;
  const names = await servicesOf(context);
  const links = await Promise.all(
    names.map((service) => store.executors.stateful.getLink(namespace, uid, service, { signal })),
  );
  const places = await Promise.all(
    names.flatMap((service, at) => {
      const link = links[at]!;
      return link.podId === undefined ? [] : [placeOf(context, service, { ...link, podId: link.podId })];
    }),
  );
  if (places.length === 0) {
    const services = context.serviceName ?? `a service of ${namespace}`;
    throw new CommandEnd(EXIT.notFound, `${uid} has no link in ${services}.`, { namespace, uid, places });
  }
  show(context, { namespace, uid, places }, () => tableOf(context, columns, places));
}

async function placeOf(
  context: Context,
  service: string,
  { podId, permanent, ttlMs, token, incarnation, reason }: LinkReading & { readonly podId: number },
): Promise<UserPlace> {
  const { pods, storeTime } = await readPods(context, service);
  const pod = pods.get(podId);
  return {
    service,
    podId,
    link: permanent ? 'claim' : 'temporary',
    ttlMs,
    token,
    incarnation,
    reason,
    pod: {
      status: pod ? podStatus(pod, storeTime) : 'unknown',
      address: pod?.address,
      alive: pod !== undefined && isAlive(pod, ageMsOf(pod, storeTime)),
    },
  };
}
