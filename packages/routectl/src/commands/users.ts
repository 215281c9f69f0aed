import type { Link } from '@stateful-route/core';
import { counted, isSameRun, waitsForOwner } from '@stateful-route/core/adapter';
import { rosterClaims, scanClaims } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { Progress } from '../output/progress.ts';
import { scanOf } from './scan.ts';
import { findPod, type NamedPod } from './target.ts';

/** A user of a pod. */
interface PodUser {
  readonly uid: string;
  readonly token: number | undefined;
  readonly incarnation: string | undefined;
  /** Whether the pod's present process made the claim. Else it takes the user up at the next request. */
  readonly present: boolean;
  readonly reason: Link['reason'];
}

const columns: readonly Column<PodUser>[] = [
  { title: 'USER', text: ({ uid }) => uid },
  {
    title: 'TOKEN',
    text: ({ token }) => (token === undefined ? '-' : String(token)),
    right: true,
    droppable: 2,
  },
  { title: 'PROCESS', text: ({ present }) => (present ? 'present' : 'earlier'), droppable: 1 },
  { title: 'WHY', text: ({ reason }) => reason?.why ?? '-', droppable: 3 },
];

/** Lists the users that have a claim of a pod: from its roster, if it keeps one, else by a scan. */
export async function users(
  context: Context,
  named: NamedPod,
  { keysPerSecond }: { readonly keysPerSecond: number },
): Promise<void> {
  const { serviceName, pod, read } = await findPod(context, named);
  const { podId } = named;
  using progress = new Progress(context.streams.err);
  const scan = scanOf(context, serviceName, keysPerSecond, progress);
  // Only services whose users wait for their ordinal keep rosters.
  const hasRoster = waitsForOwner(read, podId);
  const pages = hasRoster ? rosterClaims(scan, podId) : scanClaims(scan);
  const found: PodUser[] = [];
  for await (const page of pages) {
    for (const { uid, link } of page) {
      if (!link.permanent || link.podId !== podId) continue;
      const { token, incarnation, reason } = link;
      const present =
        incarnation !== undefined && pod.incarnation !== undefined && isSameRun(incarnation, pod.incarnation);
      found.push({ uid, token, incarnation, present, reason });
    }
  }
  progress[Symbol.dispose]();
  found.sort((a, b) => (a.uid < b.uid ? -1 : 1));
  const { namespace } = context;
  const source = hasRoster ? 'roster' : 'scan';
  show(
    context,
    { namespace, service: serviceName, podId, published: pod.users, source, users: found },
    () => {
      const list = found.length === 0 ? '' : `${tableOf(context, columns, found)}\n`;
      return `${list}${counted(found.length, 'user')} of ${serviceName}-${podId}, by its ${hasRoster ? 'roster' : 'claims'}\n`;
    },
  );
}
