import { figure, serviceStatus, type ServiceStatus } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { show, tableOf } from '../output/show.ts';
import { type Column, printable } from '../output/table.ts';
import { readPods, servicesOf } from './target.ts';

const columns: readonly Column<ServiceStatus>[] = [
  { title: 'SERVICE', text: ({ service }) => service },
  { title: 'PODS', text: ({ pods }) => String(pods), right: true },
  { title: 'ROUTABLE', text: ({ routable }) => String(routable), right: true },
  { title: 'AVAILABLE', text: ({ available }) => String(available), right: true, droppable: 2 },
  { title: 'ALIVE', text: ({ alive }) => String(alive), right: true, droppable: 3 },
  {
    title: 'USERS',
    text: ({ users, maxUsers }) => (maxUsers === undefined ? String(users) : `${users}/${maxUsers}`),
    right: true,
  },
  { title: 'LOAD', text: ({ load }) => figure(load.mean), right: true, droppable: 1 },
  { title: 'MAX', text: ({ load }) => figure(load.max), right: true, droppable: 1 },
  {
    title: 'CONDITION',
    text: ({ conditions }) => (conditions.length === 0 ? '-' : conditions.map(({ name }) => name).join(', ')),
  },
];

/** Shows each service in a line, and what holds up decisions. */
export async function status(context: Context): Promise<void> {
  const names = await servicesOf(context);
  const services = await Promise.all(
    names.map(async (name) => serviceStatus(name, await readPods(context, name))),
  );
  const { namespace, store, paint } = context;
  show(context, { namespace, store: store.address, services }, () => {
    if (services.length === 0) return `The namespace ${namespace} has no service.\n`;
    const notes = services.flatMap(({ service, conditions }) =>
      conditions.map(
        ({ name, meaning }) => `${paint('warning', `${service}: ${name}`)}: ${printable(meaning)}\n`,
      ),
    );
    return tableOf(context, columns, services) + (notes.length > 0 ? `\n${notes.join('')}` : '');
  });
}
