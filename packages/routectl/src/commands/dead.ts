import { isAlive } from '@stateful-route/core';
import { ageMsOf } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { findPod, type NamedPod } from './target.ts';

/** Options of {@link dead}. */
export interface DeadOptions {
  readonly incarnation: string;
  readonly yes: boolean;
}

/** Says that the process of a pod has ended, so that its users are placed elsewhere at once. */
export async function dead(
  context: Context,
  named: NamedPod,
  { incarnation, yes }: DeadOptions,
): Promise<void> {
  const { namespace, store, by, streams, signal } = context;
  const { podId } = named;
  const { serviceName: service, pod, read } = await findPod(context, named);
  const beats = isAlive(pod, ageMsOf(pod, read.storeTime))
    ? ' Its lease still runs: if it lives, its users are served on two pods until its next heartbeat.'
    : '';
  if (!yes) {
    const question = `Is the process of ${service}-${podId}, ${incarnation}, certainly gone?${beats} Type yes: `;
    const answer = await streams.ask?.(question);
    if (answer?.trim().toLowerCase() !== 'yes') {
      throw new CommandEnd(EXIT.refused, 'Not confirmed, nothing was changed. To confirm: --yes');
    }
  }
  await store.executors.stateful.reportDead(namespace, service, podId, { incarnation, by, signal });
  show(
    context,
    { namespace, service, podId, incarnation, by },
    () => `The lease of ${service}-${podId} is over: its users are placed elsewhere.\n`,
  );
}
