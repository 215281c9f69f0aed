import type { OrderOutcome } from '@stateful-route/core';
import { moveUser, type MoveUserRefusal } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { endOfOrder } from './order-end.ts';
import { assertRecorded } from './record.ts';
import { type NamedPod, serviceOf } from './target.ts';
import { linkChanged, noLink } from './user-link.ts';

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
  { timeoutMs, wait }: MoveOptions,
): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { executors } = store;
  const { podId: to } = named;
  const service = await serviceOf(context, named.serviceName);
  const user = { executors, namespace, serviceName: service, uid, by, signal };
  const result = await moveUser({ ...user, to, withinMs: timeoutMs });
  if ('refused' in result) throw refusal(result, { uid, service, to });
  const found: Move = { uid, service, from: result.from, to };
  if (result.moved === 'already')
    return tell(context, found, result.permanent, `${uid} is at ${service}-${to} already.`);
  if (result.moved === 'link') {
    assertRecorded(result.unrecorded);
    return tell(context, found, false, `${uid} moved from ${service}-${found.from} to ${service}-${to}.`);
  }
  const { order, after } = result;
  const { id: orderId, until } = order;
  if (!wait) {
    const text = `${service}-${found.from} is told to move ${uid} to ${service}-${to}. See: routectl events --user ${uid}`;
    return tell(context, found, true, text, { orderId, until });
  }
  const end = await endOfOrder(context, { service, podId: found.from, order, after, timeoutMs });
  if (!end) {
    const message = `${service}-${found.from} has not moved ${uid} in time. See: routectl events --user ${uid}`;
    throw new CommandEnd(EXIT.timeOver, message, { ...found, orderId });
  }
  const { outcome, unsaved = 0 } = end;
  const { message, status } = ends[outcome](found);
  const fields = { orderId, outcome, unsaved };
  if (status !== EXIT.done) throw new CommandEnd(status, message, { ...found, ...fields });
  const lost = unsaved > 0 ? ' Its state was not saved.' : '';
  tell(context, found, true, message + lost, fields);
}

const REFUSED: Readonly<Partial<Record<MoveUserRefusal['refused'], number>>> = {
  'no such pod': EXIT.notFound,
  'too many orders': EXIT.failed,
};

function refusal(
  { refused, from, sentence }: MoveUserRefusal,
  asked: { readonly uid: string; readonly service: string; readonly to: number },
): CommandEnd {
  const { uid, service } = asked;
  if (refused === 'no link') return noLink(uid, service);
  if (refused === 'changed') return linkChanged(uid, service);
  const hint = refused === 'owner is gone' ? ` See: routectl explain ${uid}` : '';
  return new CommandEnd(REFUSED[refused] ?? EXIT.refused, sentence + hint, { ...asked, from });
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
