import { pinUser } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { assertRecorded } from './record.ts';
import { type NamedPod, serviceOf } from './target.ts';

/** Pins a user to a pod, or, without one, removes the pin. */
export async function pin(context: Context, uid: string, named?: NamedPod): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { executors } = store;
  const podId = named?.podId;
  const service = await serviceOf(context, named?.serviceName);
  const result = await pinUser({ executors, namespace, serviceName: service, uid, podId, by, signal });
  if ('refused' in result) throw new CommandEnd(EXIT.notFound, result.sentence, { service, podId });
  const { before, at, unrecorded } = result;
  if (podId === undefined && before === undefined) {
    throw new CommandEnd(EXIT.notFound, `${uid} is not pinned in ${service}.`, { service, uid });
  }
  assertRecorded(unrecorded);
  show(context, { namespace, service, uid, podId, before, at, by }, () => {
    if (podId === undefined) return `${uid} is not pinned to ${service}-${before!.podId} any more.\n`;
    const there = `${service}-${podId}`;
    if (before?.podId === podId) return `${uid} is pinned to ${there} already.\n`;
    const elsewhere =
      at === undefined || at === podId
        ? ''
        : ` The user stays at ${service}-${at} for now. To move: routectl move ${uid} ${there}`;
    return `${uid} is pinned to ${there}, and is placed there while it takes users.${elsewhere}\n`;
  });
}
