import { InvalidArgumentError } from 'commander';
import type { ServiceStateRead, StatefulServiceState } from '@stateful-route/core';
import { POD_ID_MAX, type StoredIntent } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';

/** A pod as a command line names it: `3`, or `room-3` with its service. */
export interface NamedPod {
  readonly podId: number;
  readonly serviceName: string | undefined;
}

/** Reads the name of a pod. */
export function parsePod(text: string): NamedPod {
  const [, serviceName, digits] = /^(?:(.+)-)?(\d{1,10})$/.exec(text) ?? [];
  const podId = Number(digits);
  if (digits === undefined || podId > POD_ID_MAX) {
    throw new InvalidArgumentError('It must be an ordinal, or a name with one: 3, or room-3.');
  }
  return { podId, serviceName };
}

/** The service that a command is about: the one that is named, else the only one of the namespace. */
export async function serviceOf(context: Context, named?: string): Promise<string> {
  const { namespace, serviceName, store } = context;
  if (named !== undefined && serviceName !== undefined && named !== serviceName) {
    throw new CommandEnd(EXIT.wrongUse, `The pod is of ${named}, and --service says ${serviceName}.`);
  }
  const given = named ?? serviceName;
  if (given !== undefined) return given;
  const names = await store.executors.server.listServices(namespace, { signal: context.signal });
  if (names.length === 1) return names[0]!;
  throw names.length === 0
    ? new CommandEnd(EXIT.notFound, `The namespace ${namespace} has no service.`)
    : new CommandEnd(
        EXIT.wrongUse,
        `The namespace ${namespace} has several services. Name one: --service ${names.join(', --service ')}`,
      );
}

/** The services that a command is about: the one that is named, else all of the namespace. */
export async function servicesOf({ namespace, serviceName, store, signal }: Context): Promise<string[]> {
  if (serviceName !== undefined) return [serviceName];
  return store.executors.server.listServices(namespace, { signal });
}

/** A pod's service, its entry, and all that was read with it. */
export interface FoundPod {
  readonly serviceName: string;
  readonly pod: StatefulServiceState;
  readonly read: ServiceStateRead;
}

/** Reads a pod. @throws `CommandEnd` if the service has none of that ordinal. */
export async function findPod(context: Context, { podId, serviceName: named }: NamedPod): Promise<FoundPod> {
  const serviceName = await serviceOf(context, named);
  const read = await readPods(context, serviceName);
  const pod = read.pods.get(podId);
  if (pod) return { serviceName, pod, read };
  const known = [...read.pods.keys()].join(', ');
  throw new CommandEnd(
    EXIT.notFound,
    `${serviceName} has no pod ${podId}${known === '' ? '' : `, but ${known}`}.`,
    { service: serviceName, podId },
  );
}

/** Reads the pods of a service. */
export function readPods(
  { namespace, store, signal }: Context,
  serviceName: string,
): Promise<ServiceStateRead> {
  return store.executors.stateful.getServiceState(namespace, serviceName, { signal });
}

/** Reads the pods of a service. @throws `CommandEnd` if it has none. */
export async function readSomePods(context: Context, serviceName: string): Promise<ServiceStateRead> {
  const read = await readPods(context, serviceName);
  if (read.pods.size > 0) return read;
  throw new CommandEnd(EXIT.notFound, `${serviceName} has no pod.`, { service: serviceName });
}

/** Reads the operators' wishes for the pods of a service. */
export function readIntents(
  { namespace, store, signal }: Context,
  serviceName: string,
): Promise<ReadonlyMap<number, StoredIntent>> {
  return store.executors.server.getPodIntents(namespace, serviceName, { signal });
}
