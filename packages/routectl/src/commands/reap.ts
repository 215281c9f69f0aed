import type { ServiceStateRead } from '@stateful-route/core';
import { counted, leaseMsOf, waitsForOwner } from '@stateful-route/core/adapter';
import { type ClaimScan, type FoundClaim, readLinks, scanClaims } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { type GoneReason, goneReason, isOfEarlierRun } from '../fleet/gone-claims.ts';
import { Progress } from '../output/progress.ts';
import { show, tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { pause } from '../run/pause.ts';
import { record } from './record.ts';
import { scanOf } from './scan.ts';
import { readPods, serviceOf } from './target.ts';

/** So many claims are ended between two readings of the pods. */
const BATCH = 100;

/** Options of {@link reap}. */
export interface ReapOptions {
  readonly keysPerSecond: number;
  /** Ends the claims. Otherwise they are only shown. */
  readonly apply: boolean;
}

interface ReapedClaim {
  readonly uid: string;
  readonly podId: number;
  readonly why: GoneReason;
  readonly ended: boolean;
}

const columns: readonly Column<ReapedClaim>[] = [
  { title: 'USER', text: ({ uid }) => uid },
  { title: 'POD', text: ({ podId }) => String(podId), right: true },
  { title: 'OWNER', text: ({ why }) => why },
];

/** Ends claims whose owners are gone, or shows them. */
export async function reap(context: Context, { keysPerSecond, apply }: ReapOptions): Promise<void> {
  const { namespace, streams } = context;
  const service = await serviceOf(context);
  const claims: ReapedClaim[] = [];
  let left = 0;
  {
    using progress = new Progress(streams.err);
    const scan = scanOf(context, service, keysPerSecond, progress);
    const first = await readPods(context, service);
    const suspects: FoundClaim[] = [];
    for await (const page of scanClaims(scan))
      suspects.push(...page.filter(({ link }) => mayBeGone(link, first)));
    await earlierRunsOver(context, service, first, suspects, progress);
    for (let at = 0; at < suspects.length; at += BATCH) {
      progress.show('claims', at, suspects.length);
      const some = await judged(context, scan, suspects.slice(at, at + BATCH), first);
      for (const { uid, podId, why, token } of some) {
        // A claim of the older sides has no token: it cannot be ended without a race.
        if (token === undefined) left += 1;
        else
          claims.push({ uid, podId, why, ended: apply && (await end(context, service, uid, podId, token)) });
      }
    }
  }
  const ended = claims.filter((claim) => claim.ended).length;
  if (apply) await recordEnded(context, service, claims);
  show(context, { namespace, service, applied: apply, ended, left, claims }, () => {
    const list = claims.length === 0 ? '' : `${tableOf(context, columns, claims)}\n`;
    const without = left === 0 ? '' : `${counted(left, 'claim')} without a token left.\n`;
    if (apply) return `${list}${counted(ended, 'claim')} ended.\n${without}`;
    const hint = claims.length === 0 ? '' : ' To end them: --apply';
    return `${list}${counted(claims.length, 'claim')} by processes that are gone.${hint}\n${without}`;
  });
}

/** Whether a claim is worth a second look, by a reading from before it. */
function mayBeGone(link: FoundClaim['link'], first: ServiceStateRead): boolean {
  if (waitsForOwner(first, link.podId)) return false;
  return goneReason(link, first, first) !== undefined || isOfEarlierRun(link, first);
}

/** Waits until the first reading is older than the leases of earlier processes, if there are such claims. */
async function earlierRunsOver(
  context: Context,
  service: string,
  first: ServiceStateRead,
  suspects: readonly FoundClaim[],
  progress: Progress,
): Promise<void> {
  const leases = suspects.flatMap(({ link }) => {
    const pod = first.pods.get(link.podId);
    return pod && isOfEarlierRun(link, first) ? [Math.max(leaseMsOf(pod), link.ownerLeaseMs ?? 0)] : [];
  });
  if (leases.length === 0) return;
  const { storeTime } = await readPods(context, service);
  const waitMs = first.storeTime + Math.max(...leases) + 1 - storeTime;
  progress.show('claims: a lease is waited for', 0, suspects.length);
  if (waitMs > 0) await pause(waitMs, context);
}

interface JudgedClaim {
  readonly uid: string;
  readonly podId: number;
  readonly token: number | undefined;
  readonly why: GoneReason;
}

/** Reads links, then the pods, as a take-over does, and keeps the claims whose owners are gone. */
async function judged(
  context: Context,
  scan: Omit<ClaimScan, 'inspector'>,
  suspects: readonly FoundClaim[],
  first: ServiceStateRead,
): Promise<JudgedClaim[]> {
  const links = await readLinks(
    scan,
    suspects.map(({ uid }) => uid),
  );
  const read = await readPods(context, scan.serviceName);
  return [...links].flatMap(([uid, link]) => {
    const why = goneReason(link, read, first);
    return why === undefined ? [] : [{ uid, podId: link.podId, token: link.token, why }];
  });
}

function end(
  { namespace, store, signal }: Context,
  service: string,
  uid: string,
  podId: number,
  token: number,
): Promise<boolean> {
  return store.executors.stateful.removeLinkedPodWithId(namespace, uid, service, podId, { token, signal });
}

/** A line in the journal for each pod. */
async function recordEnded(context: Context, service: string, claims: readonly ReapedClaim[]): Promise<void> {
  const users = new Map<number, number>();
  for (const { podId, ended } of claims) if (ended) users.set(podId, (users.get(podId) ?? 0) + 1);
  for (const [podId, count] of users) {
    await record(context, service, { type: 'reaped', podId, users: count, by: context.by });
  }
}
