import { randomUUID } from 'node:crypto';
import { isAlive, isRoutable, type OrderOutcome, type ServiceStateRead } from '@stateful-route/core';
import { ageMsOf } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { podStatus } from '../fleet/pod-status.ts';
import { show } from '../output/show.ts';
import { endOfOrder } from './order-end.ts';
import { record } from './record.ts';
import { findPod, type NamedPod } from './target.ts';
import { linkChanged, linkOf } from './user-link.ts';

/** As callers of the profile `realtime` make it. */
const TEMPORARY_LINK_SECONDS = 60;

/** Options of {@link move}. */
export interface MoveOptions {
  /** For how long the owner may begin the order, and its end is waited for. */
  readonly timeoutMs: number;
  /** Otherwise the command ends when the order is given. */
  readonly wait: boolean;
}

/** A user, and the pods that the move is between. */
interface Move {
  readonly uid: string;
  readonly service: string;
  readonly from: number;
  readonly to: number;
}

/** Moves a user to a pod: a claim by an order to its owner, a temporary link by replacing it. */
export async function move(
  context: Context,
  uid: string,
  named: NamedPod,
  options: MoveOptions,
): Promise<void> {
  const { podId: to } = named;
  const { service, link } = await linkOf(context, uid, named.serviceName);
  const { read } = await findPod(context, { podId: to, serviceName: service });
  const found: Move = { uid, service, from: link.podId, to };
  if (found.from === to)
    return tell(context, found, link.permanent, `${uid} is at ${service}-${to} already.`);
  checkTarget(found, read);
  if (!link.permanent) return replaceLink(context, found, read);
  const owner = read.pods.get(found.from);
  if (!owner || !isAlive(owner, ageMsOf(owner, read.storeTime))) {
    const what = `${service}-${found.from}, which has ${uid}, is gone`;
    throw refusal(found, `${what}: the next request places the user elsewhere. See: routectl explain ${uid}`);
  }
  await giveOrder(context, found, read.storeTime + options.timeoutMs, options);
}

function checkTarget(found: Move, { pods, storeTime }: ServiceStateRead): void {
  const { service, to } = found;
  const pod = pods.get(to)!;
  const { users, maxUsers } = pod;
  if (!isRoutable(pod, ageMsOf(pod, storeTime))) {
    throw refusal(found, `${service}-${to} takes no new users: it is ${podStatus(pod, storeTime)}.`);
  }
  if (users !== undefined && maxUsers !== undefined && users >= maxUsers) {
    throw refusal(found, `${service}-${to} is full: it has ${users} of at most ${maxUsers} users.`);
  }
}

const refusal = (found: Move, message: string): CommandEnd =>
  new CommandEnd(EXIT.refused, message, { ...found });

/** Nobody serves the user yet: there is nothing to save. */
async function replaceLink(context: Context, found: Move, { epoch }: ServiceStateRead): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { uid, service, from, to } = found;
  const { linked } = await store.executors.stateful.replaceLinkedPod(
    namespace,
    uid,
    service,
    from,
    to,
    TEMPORARY_LINK_SECONDS,
    { onlyIfTemporary: true, why: 'moved', by, epoch, signal },
  );
  if (!linked) throw linkChanged(uid, service);
  await record(context, service, { type: 'moved', podId: from, uid, to, by });
  tell(context, found, false, `${uid} moved from ${service}-${from} to ${service}-${to}.`);
}

async function giveOrder(
  context: Context,
  found: Move,
  until: number,
  { timeoutMs, wait }: MoveOptions,
): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { server } = store.executors;
  const { uid, service, from, to } = found;
  const id = randomUUID();
  const { after } = await server.readJournal(namespace, service, { limit: 1, signal });
  const order = { kind: 'move', id, uid, to, until, by } as const;
  if (!(await server.giveOrder(namespace, service, from, order, { signal }))) {
    throw new CommandEnd(EXIT.failed, `Too many orders wait for ${service}-${from}.`, { ...found });
  }
  if (!wait) {
    const text = `${service}-${from} is told to move ${uid} to ${service}-${to}. See: routectl events --user ${uid}`;
    return tell(context, found, true, text, { orderId: id, until });
  }
  const end = await endOfOrder(context, { service, podId: from, order, after, timeoutMs });
  const { outcome, unsaved = 0 } = end;
  const { message, status } = ends[outcome](found);
  const fields = { orderId: id, outcome, unsaved };
  if (status !== EXIT.done) throw new CommandEnd(status, message, { ...found, ...fields });
  const lost = unsaved > 0 ? ' Its state was not saved.' : '';
  tell(context, found, true, message + lost, fields);
}

interface End {
  readonly status: number;
  readonly message: string;
}

/** How the command ends after each outcome of its order. */
const ends: Readonly<Record<OrderOutcome, (found: Move) => End>> = {
  done: ({ uid, service, from, to }) => ({
    status: EXIT.done,
    message: `${uid} moved from ${service}-${from} to ${service}-${to}.`,
  }),
  'not-held': ({ uid, service, from }) => ({
    status: EXIT.notFound,
    message: `${service}-${from} does not hold ${uid} any more. Look again: routectl where ${uid}`,
  }),
  refused: ({ service, from, to }) => ({
    status: EXIT.refused,
    message: `${service}-${from} refuses: it has no onHandOff that saves its users, or ${service}-${to} takes none now.`,
  }),
  left: ({ uid, service, from }) => ({
    status: EXIT.failed,
    message: `${uid} is still at ${service}-${from}: the state could not be saved, or the time was over. See the log of ${service}-${from}.`,
  }),
  expired: ({ uid, service, from }) => ({
    status: EXIT.timeOver,
    message: `${service}-${from} did not begin to move ${uid} in time. Nothing was changed.`,
  }),
  interrupted: ({ uid, service, from }) => ({
    status: EXIT.failed,
    message: `${service}-${from} ended while it moved ${uid}. Look again: routectl where ${uid}`,
  }),
};

function tell(
  context: Context,
  found: Move,
  isClaim: boolean,
  text: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  const { namespace, by } = context;
  const link = isClaim ? 'claim' : 'temporary';
  show(context, { namespace, ...found, link, by, ...fields }, () => `${text}\n`);
}
