import { unquarantineUser } from '@stateful-route/driver';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { serviceOf } from './target.ts';

/** Ends a user's quarantine. */
export async function unquarantine(context: Context, uid: string): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { executors } = store;
  const service = await serviceOf(context, undefined);
  if (!(await unquarantineUser({ executors, namespace, serviceName: service, uid, by, signal }))) {
    throw new CommandEnd(EXIT.notFound, `${uid} is not quarantined in ${service}.`, { service, uid });
  }
  show(context, { namespace, service, uid, by }, () => `${uid} is not quarantined in ${service} any more.\n`);
}
