import type { PodIntent } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { show } from '../output/show.ts';
import { awaitPod, type AwaitOptions } from './await.ts';
import { findPod, type NamedPod } from './target.ts';

const DONE: Readonly<Record<PodIntent, string>> = {
  cordon: 'takes no new users, and keeps those it has',
  drain: 'takes no new users, and hands its own over',
  resume: 'takes new users',
};

/** Options of {@link setIntent}. */
export interface IntentOptions extends AwaitOptions {
  readonly ratePerSecond?: number | undefined;
  readonly wait?: boolean | undefined;
}

/** Tells a pod what an operator wishes. It stands until another wish is set, also across restarts of the pod. */
export async function setIntent(
  context: Context,
  named: NamedPod,
  intent: PodIntent,
  { ratePerSecond, wait = false, timeoutMs }: IntentOptions = {},
): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { serviceName: service } = await findPod(context, named);
  const { podId } = named;
  await store.executors.server.setPodIntent(namespace, service, podId, intent, { ratePerSecond, by, signal });
  if (wait) return awaitPod(context, { ...named, serviceName: service }, 'drained', { timeoutMs });
  show(context, { namespace, service, podId, intent, ratePerSecond, by }, () => {
    const rate = ratePerSecond === undefined ? '' : `, ${ratePerSecond} a second`;
    return `${service}-${podId} ${DONE[intent]}${rate}, from its next heartbeat on.\n`;
  });
}
