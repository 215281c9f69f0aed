import type { LinkReading } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { serviceOf } from './target.ts';

/** A user's link, and the service it is in. */
export interface FoundLink {
  readonly service: string;
  readonly link: LinkReading & { readonly podId: number };
}

/** Reads a user's link. @throws `CommandEnd` if there is none. */
export async function linkOf(context: Context, uid: string, namedService?: string): Promise<FoundLink> {
  const { namespace, store, signal } = context;
  const service = await serviceOf(context, namedService);
  const link = await store.executors.stateful.getLink(namespace, uid, service, { signal });
  const { podId } = link;
  if (podId === undefined)
    throw new CommandEnd(EXIT.notFound, `${uid} has no link in ${service}.`, { service, uid });
  return { service, link: { ...link, podId } };
}

/** The link was another one when it was to be changed. */
export const linkChanged = (uid: string, service: string): CommandEnd =>
  new CommandEnd(
    EXIT.refused,
    `The link of ${uid} in ${service} has just changed. Look again: routectl where ${uid}`,
  );
