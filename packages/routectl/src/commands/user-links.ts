import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { record } from './record.ts';
import { linkChanged, linkOf } from './user-link.ts';

/** Removes a user's temporary link, so that the next question places the user anew. */
export async function unlink(context: Context, uid: string): Promise<void> {
  const { service, link } = await linkOf(context, uid);
  const { namespace, store, by, signal } = context;
  if (link.permanent) {
    throw new CommandEnd(
      EXIT.refused,
      `${uid} is claimed by ${service}-${link.podId}. To end the claim: routectl kick ${uid}`,
    );
  }
  const { podId } = link;
  const options = { onlyIfTemporary: true, signal };
  const removed = await store.executors.stateful.removeLinkedPodWithId(
    namespace,
    uid,
    service,
    podId,
    options,
  );
  if (!removed) throw linkChanged(uid, service);
  await record(context, service, { type: 'unlinked', podId, uid, by });
  show(
    context,
    { namespace, service, uid, podId, removed, by },
    () => `${uid} has no link to ${service}-${podId} any more.\n`,
  );
}

/** Ends a user's claim. Its owner is told, and stops serving the user. */
export async function kick(context: Context, uid: string): Promise<void> {
  const { service, link } = await linkOf(context, uid);
  const { namespace, store, by, signal } = context;
  if (!link.permanent) {
    throw new CommandEnd(
      EXIT.refused,
      `${uid} has only a temporary link to ${service}-${link.podId}. To remove it: routectl unlink ${uid}`,
    );
  }
  const { podId, token } = link;
  // Without the token, as only then the owner is told.
  const removed = await store.executors.stateful.removeLinkedPodWithId(namespace, uid, service, podId, {
    signal,
  });
  if (!removed) throw linkChanged(uid, service);
  await record(context, service, { type: 'kicked', podId, uid, by });
  show(
    context,
    { namespace, service, uid, podId, token, removed, by },
    () => `${uid} is not claimed by ${service}-${podId} any more.\n`,
  );
}
