import { kickUser, type SteerEnd, type SteerRefusal, unlinkUser } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { assertRecorded } from './record.ts';
import { serviceOf } from './target.ts';
import { linkChanged, noLink } from './user-link.ts';

/** Removes a user's temporary link, so that the next question places the user anew. */
export async function unlink(context: Context, uid: string): Promise<void> {
  const { namespace, store, by, signal } = context;
  const service = await serviceOf(context);
  const { executors } = store;
  const { podId } = done(
    await unlinkUser({ executors, namespace, serviceName: service, uid, by, signal }),
    service,
    uid,
  );
  show(
    context,
    { namespace, service, uid, podId, removed: true, by },
    () => `${uid} has no link to ${service}-${podId} any more.\n`,
  );
}

/** Ends a user's claim. Its owner is told, and stops serving the user. */
export async function kick(context: Context, uid: string): Promise<void> {
  const { namespace, store, by, signal } = context;
  const service = await serviceOf(context);
  const { executors } = store;
  const { podId, token } = done(
    await kickUser({ executors, namespace, serviceName: service, uid, by, signal }),
    service,
    uid,
  );
  show(
    context,
    { namespace, service, uid, podId, token, removed: true, by },
    () => `${uid} is not claimed by ${service}-${podId} any more.\n`,
  );
}

/** @throws `CommandEnd` if it was refused, or is not in the journal. */
function done(end: SteerEnd | SteerRefusal, service: string, uid: string): SteerEnd {
  if (!('refused' in end)) {
    assertRecorded(end.unrecorded);
    return end;
  }
  throw refusal(end, service, uid);
}

function refusal(end: SteerRefusal, service: string, uid: string): CommandEnd {
  if (end.refused === 'no link') return noLink(uid, service);
  const pod = `${service}-${end.podId}`;
  if (end.refused === 'changed') return linkChanged(uid, service);
  const message =
    end.refused === 'claimed'
      ? `${uid} is claimed by ${pod}. To end the claim: routectl kick ${uid}`
      : `${uid} has only a temporary link to ${pod}. To remove it: routectl unlink ${uid}`;
  return new CommandEnd(EXIT.refused, message);
}
