import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { serviceOf } from './target.ts';

/** Stops the evening out of a service's pods, or lets it go on. */
export async function setFrozen(context: Context, frozen: boolean): Promise<void> {
  const { namespace, store, by, signal } = context;
  const { server } = store.executors;
  const service = await serviceOf(context);
  const known = await server.listServices(namespace, { signal });
  if (!known.includes(service)) {
    throw new CommandEnd(EXIT.notFound, `The namespace ${namespace} has no service ${service}.`, { service });
  }
  const changed = await server.setFrozen(namespace, service, frozen, { by, signal });
  show(context, { namespace, service, frozen, changed, by }, () => {
    const already = changed ? '' : ' It was so before.';
    return frozen
      ? `${service} is frozen: its pods are not evened out. Placements, drains and orders go on.${already}\n`
      : `${service} is not frozen: its pods are evened out.${already}\n`;
  });
}
